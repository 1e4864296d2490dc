import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { CallFault } from './aws-call.ts';
import { FaultProxy, type ServiceUrls } from './fault-proxy.ts';

/** A request to the thread: set these faults from now on, or report the number of calls that were hit. */
type ProxyRequest = { readonly inflict: readonly CallFault[] } | { readonly report: 'hits' };

/** A fault proxy in a thread of its own, so that busy clients and services do not slow calls between the apps and AWS. */
export class ThreadedProxy {
  readonly urls: ServiceUrls;
  private readonly worker: Worker;

  private constructor(worker: Worker, urls: ServiceUrls) {
    this.worker = worker;
    this.urls = urls;
  }

  static async start(targets: ServiceUrls, seed: number): Promise<ThreadedProxy> {
    const worker = new Worker(new URL(import.meta.url), { workerData: { targets, seed } });
    const [urls] = (await once(worker, 'message')) as [ServiceUrls];
    return new ThreadedProxy(worker, urls);
  }

  inflict(faults: readonly CallFault[]): void {
    this.post({ inflict: faults });
  }

  /** The number of calls that were hit so far, by `service action kind`. */
  async hits(): Promise<ReadonlyMap<string, number>> {
    const reported = once(this.worker, 'message');
    this.post({ report: 'hits' });
    const [hits] = (await reported) as [ReadonlyMap<string, number>];
    return hits;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private post(request: ProxyRequest): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    this.worker.postMessage(request);
  }
}

/** Runs in the thread. */
async function serve(): Promise<void> {
  const { targets, seed } = workerData as { targets: ServiceUrls; seed: number };
  const proxy = new FaultProxy(targets, seed);
  const report = (value: ServiceUrls | ReadonlyMap<string, number>): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
    parentPort?.postMessage(value);
  };
  parentPort?.on('message', (request: ProxyRequest) => {
    if ('inflict' in request) proxy.inflict(request.inflict);
    else report(proxy.hits);
  });
  report(await proxy.start());
}

if (!isMainThread) await serve();
