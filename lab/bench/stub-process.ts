import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CreatedResources } from '../../local/aws/create-resources.ts';

/** What a stub of AWS has counted: calls by action, orders that are done, and what AWS would charge. */
export interface StubFigures {
  calls: Record<string, number>;
  done: number;
  dollars: number;
}

/** A stub of AWS that runs as a process of its own. */
export interface StubProcess {
  process: ChildProcess;
  endpoint: string;
  /** What an SDK needs to reach it. */
  env: Record<string, string>;
}

export async function startStub(name: 'orders' | 'stream', variables: Record<string, string>): Promise<StubProcess> {
  const stub = fork(join(import.meta.dirname, `stub/${name}-stub.ts`), {
    execArgv: ['--conditions=source'],
    env: { ...process.env, ...variables },
  });
  const [port] = (await once(stub, 'message')) as [number];
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'stub',
    AWS_SECRET_ACCESS_KEY: 'stub',
  };
  return { process: stub, endpoint, env };
}

export async function figuresOf({ endpoint }: StubProcess): Promise<StubFigures> {
  const response = await fetch(`${endpoint}/figures`);
  return (await response.json()) as StubFigures;
}

/** Names only: the stub has nothing behind them. */
export function stubResources(endpoint: string): CreatedResources {
  return {
    ordersQueueUrl: `${endpoint}/0/orders`,
    ordersDeadLetterQueueUrl: `${endpoint}/0/orders-dlq`,
    ordersTableName: 'orders',
    commandOutcomesTableName: 'command-outcomes',
    orderBatchesTableName: 'order-batches',
  } as CreatedResources;
}
