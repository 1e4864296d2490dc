// A thread of its own, so that clients and services that are busy slow no call between the apps and AWS.
import { parentPort, workerData } from 'node:worker_threads';
import type { CallFault } from './call-fault.ts';
import { FaultProxy, type ServiceUrls } from './fault-proxy.ts';

/** What the thread is told: the faults from now on, or to tell whom they hit. */
export type ProxyRequest = { readonly inflict: readonly CallFault[] } | { readonly tell: 'hits' };
/** What it tells: once its URLs, then the hits whenever it is asked. */
export type ProxyReport = { readonly urls: ServiceUrls } | { readonly hits: ReadonlyMap<string, number> };

const { targets, seed } = workerData as { targets: ServiceUrls; seed: number };
const proxy = new FaultProxy(targets, seed);

function tell(report: ProxyReport): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  parentPort?.postMessage(report);
}

parentPort?.on('message', (request: ProxyRequest) => {
  if ('inflict' in request) proxy.inflict(request.inflict);
  else tell({ hits: proxy.hits });
});
tell({ urls: await proxy.start() });
