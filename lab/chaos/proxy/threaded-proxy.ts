import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CallFault } from './call-fault.ts';
import type { ServiceUrls } from './fault-proxy.ts';
import type { ProxyReport, ProxyRequest } from './proxy-thread.ts';

/** A fault proxy in a thread of its own. */
export class ThreadedProxy {
  readonly urls: ServiceUrls;
  private readonly worker: Worker;

  private constructor(worker: Worker, urls: ServiceUrls) {
    this.worker = worker;
    this.urls = urls;
  }

  static async start(targets: ServiceUrls, seed: number): Promise<ThreadedProxy> {
    const worker = new Worker(new URL('proxy-thread.ts', import.meta.url), { workerData: { targets, seed } });
    const [report] = (await once(worker, 'message')) as [Extract<ProxyReport, { urls: ServiceUrls }>];
    return new ThreadedProxy(worker, report.urls);
  }

  inflict(faults: readonly CallFault[]): void {
    this.post({ inflict: faults });
  }

  /** How many calls each `service action kind` hit so far. */
  async hits(): Promise<ReadonlyMap<string, number>> {
    const told = once(this.worker, 'message');
    this.post({ tell: 'hits' });
    const [report] = (await told) as [Extract<ProxyReport, { hits: unknown }>];
    return report.hits;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private post(request: ProxyRequest): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    this.worker.postMessage(request);
  }
}
