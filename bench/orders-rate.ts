import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { appEnvironments } from '../local/apps.ts';
import { startLocalIssuer } from '../local/auth/local-issuer.ts';
import type { CreatedResources } from '../local/aws/create-resources.ts';
import { defaultPorts, type Ports } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { waitUntilReady } from './app-readiness.ts';
import { end, startApp } from './measured-process.ts';
import { measureTask, type TaskRate } from './task-rate.ts';

/** Enough for calls to be shared as in a rush, few enough that none is refused. */
const CLIENTS = 64;

/** One api against a stub of AWS that answers each call after 5 ms, with clients that hold its event loop busy. */
export async function apiRate(orders: number): Promise<TaskRate> {
  const [API_PORT = 0, AUTH_PORT = 0] = await freePorts(2);
  const ports = { ...defaultPorts, API_PORT, AUTH_PORT };
  const stub = await startStub(0);
  const issuer = await startLocalIssuer({ port: AUTH_PORT });
  const api = startApp('api', {
    ...stub.env,
    ...appEnvironments(ports, stubResources(stub.endpoint), issuer.env).api,
  });
  let clients: ChildProcess | undefined;
  try {
    await waitUntilReady(API_PORT, api);
    clients = startClients(ports, orders, await issuer.token('cust-1', 'retail'));
    return await measureTask(api, stub.port, orders);
  } finally {
    if (clients) await end(clients);
    await end(api);
    await issuer.stop();
    await end(stub.process);
  }
}

/** One worker against the same stub, which hands it an order whenever it asks. */
export async function workerRate(orders: number): Promise<TaskRate> {
  const [WORKER_PORT = 0] = await freePorts(1);
  const stub = await startStub(orders);
  const variables = appEnvironments({ ...defaultPorts, WORKER_PORT }, stubResources(stub.endpoint), {} as never);
  const worker = startApp('worker', { ...stub.env, ...variables.worker });
  try {
    return await measureTask(worker, stub.port, orders);
  } finally {
    await end(worker);
    await end(stub.process);
  }
}

async function startStub(messages: number) {
  const stub = fork(join(import.meta.dirname, 'stub/orders-stub.ts'), {
    execArgv: ['--conditions=source'],
    env: { ...process.env, STUB_MESSAGES: String(messages) },
  });
  const [port] = (await once(stub, 'message')) as [number];
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'stub',
    AWS_SECRET_ACCESS_KEY: 'stub',
  };
  return { process: stub, port, endpoint, env };
}

/** Names only: the stub has nothing behind them. */
function stubResources(endpoint: string): CreatedResources {
  return {
    ordersQueueUrl: `${endpoint}/0/orders`,
    ordersDeadLetterQueueUrl: `${endpoint}/0/orders-dlq`,
    ordersTableName: 'orders',
    commandOutcomesTableName: 'command-outcomes',
    orderBatchesTableName: 'order-batches',
  } as CreatedResources;
}

function startClients({ API_PORT }: Ports, orders: number, token: string): ChildProcess {
  return fork(join(import.meta.dirname, 'load/place-orders.ts'), {
    execArgv: ['--conditions=source'],
    env: {
      ...process.env,
      LOAD_URL: `http://127.0.0.1:${API_PORT}/v1/orders`,
      LOAD_ORDERS: String(orders),
      LOAD_CLIENTS: String(CLIENTS),
      LOAD_TOKEN: token,
    },
  });
}
