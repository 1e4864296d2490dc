import type { AppInstance } from '../../local/app-instance.ts';
import { appEnvironments, type AppName, appPorts, type Variables } from '../../local/apps.ts';
import type { LocalIssuer } from '../../local/auth/local-issuer.ts';
import type { CreatedResources } from '../../local/aws/create-resources.ts';
import { startLocalAws } from '../../local/aws/local-aws.ts';
import { freeRunPorts } from '../../local/taken-ports.ts';
import { startMeasured, startStub, type Stub, type Variant } from './measured-service.ts';
import type { Limits } from './task-limits.ts';
import { measureTask, type TaskRate } from './task-rate.ts';

/** Work to do while a service runs against its stub. */
export type Work<Result> = (app: AppInstance, stub: Stub) => Promise<Result>;

interface StationOptions {
  readonly variant?: Variant;
  /** The variables of the stub. */
  readonly stub?: Variables;
  readonly resources?: CreatedResources;
  readonly issuer?: LocalIssuer;
  /** Variables that override those of the service. */
  readonly env?: Variables;
  readonly nodeArguments?: readonly string[];
  /** The service has the size of a task, and calls the stub with TLS. Default: no limits. */
  readonly limits?: Limits | undefined;
}

type ServiceOptions = Pick<StationOptions, 'variant' | 'limits'>;

/** Runs one service against a stub of AWS that answers each call after 5 ms. */
export async function withService<Result>(app: AppName, options: StationOptions, work: Work<Result>): Promise<Result> {
  const { variant = 'ours', issuer, nodeArguments = [], limits } = options;
  const ports = await freeRunPorts();
  const stub = await startStub(options.stub ?? {}, limits !== undefined);
  const resources = options.resources ?? namesAt(stub.endpoint);
  const needed = appEnvironments(ports, resources, issuer?.env ?? ({} as never))[app];
  const env = { ...stub.env, ...needed, ...options.env };
  const service = startMeasured(app, variant, ports[appPorts[app]], { env, nodeArguments, limits });
  try {
    return await work(service, stub);
  } finally {
    await service.stop();
    await stub.stop();
  }
}

/** Runs a worker whose queue has this many orders. */
export function withWorker<Result>(orders: number, options: ServiceOptions, work: Work<Result>): Promise<Result> {
  return withService('worker', { ...options, stub: { STUB_MESSAGES: String(orders) } }, work);
}

/** Runs a relay whose stream has this many records. Our leases are in a real table. */
export async function withRelay<Result>(records: number, options: ServiceOptions, work: Work<Result>): Promise<Result> {
  const aws = await startLocalAws({ ports: await freeRunPorts() });
  const stub = { STUB_RECORDS: String(records), STUB_LEASES: aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' };
  try {
    return await withService('stream-relay', { ...options, stub, resources: aws.resources }, work);
  } finally {
    await aws.stop();
  }
}

/** Measures a worker. */
export function workerRate(orders: number, options: ServiceOptions = {}): Promise<TaskRate> {
  return withWorker(orders, options, (worker, stub) => measureTask(worker, stub, orders));
}

/** Measures a stream relay. */
export function relayRate(records: number, options: ServiceOptions = {}): Promise<TaskRate> {
  return withRelay(records, options, (relay, stub) => measureTask(relay, stub, records));
}

/** Names without resources: the stub accepts any. */
function namesAt(endpoint: string): CreatedResources {
  return {
    ordersQueueUrl: `${endpoint}/0/orders`,
    ordersDeadLetterQueueUrl: `${endpoint}/0/orders-dlq`,
    ordersTableName: 'orders',
    paymentClaimsTableName: 'payment-claims',
    commandOutcomesTableName: 'command-outcomes',
    orderBatchesTableName: 'order-batches',
  } as CreatedResources;
}
