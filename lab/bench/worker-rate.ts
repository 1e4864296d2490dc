import type { ChildProcess } from 'node:child_process';
import { appEnvironments } from '../../local/apps.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { end, startApp, startPeer } from './measured-process.ts';
import { startStub, type StubProcess, stubResources } from './stub-process.ts';
import { measureTask, type TaskRate } from './task-rate.ts';

type Whose = 'ours' | 'peer';
type Follow<Result> = (worker: ChildProcess, stub: StubProcess) => Promise<Result>;

/** What one worker needs for an order, ours or the peer. */
export function workerRate(orders: number, whose: Whose = 'ours'): Promise<TaskRate> {
  return withWorker(orders, whose, (worker, stub) => measureTask(worker, stub, orders));
}

export function workerUnderLoad(orders: number, follow: Follow<void>): Promise<void> {
  return withWorker(orders, 'ours', follow);
}

/** Against a stub of AWS that answers each call after 5 ms, and hands out an order whenever it is asked. */
async function withWorker<Result>(orders: number, whose: Whose, follow: Follow<Result>): Promise<Result> {
  const [WORKER_PORT = 0] = await freePorts(1);
  const stub = await startStub('orders', { STUB_MESSAGES: String(orders) });
  const variables = appEnvironments({ ...defaultPorts, WORKER_PORT }, stubResources(stub.endpoint), {} as never);
  const env = { ...stub.env, ...variables.worker };
  const worker = whose === 'ours' ? startApp('worker', env) : startPeer('worker', env);
  try {
    return await follow(worker, stub);
  } finally {
    await end(worker);
    await end(stub.process);
  }
}
