import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreatedResources } from './aws/create-resources.ts';
import { issuerUrl, jwksUrl, type LocalIssuer } from './auth/local-issuer.ts';
import type { Ports, PortVariable } from './ports.ts';
import { nodePath } from './processes/local-script.ts';
import { type ProcessDefinition, SupervisedProcess, type WriteLine } from './processes/supervised-process.ts';

const DIST = join(import.meta.dirname, '../dist/apps');
const FOLLOW_LAUNCHER = pathToFileURL(join(import.meta.dirname, 'processes/follow-launcher.ts')).href;

/** Signs the order ids of local runs only. Stages have their own keys in Secrets Manager. */
const LOCAL_ORDER_ID_KEYS = 'local-development-order-id-key-not-a-secret';

/** One caller of a load test must not exceed its quota. */
const LOCAL_RATE_LIMIT_REQUESTS = '1000000';

/** The seller's time zone of local runs, where the shell has no SELLER_TIME_ZONE. */
export const LOCAL_TIME_ZONE = 'Europe/Berlin';
/** Callers of local runs may send any price: docs/pricing.md. */
export const LOCAL_PRICING = 'open';

/** The apps in the order in which they are stopped: the api accepts work, the relay passes it on last. */
export const appNames = ['api', 'worker', 'stream-relay'] as const;
export type AppName = (typeof appNames)[number];

export const appPorts = {
  api: 'API_PORT',
  worker: 'WORKER_PORT',
  'stream-relay': 'RELAY_PORT',
} as const satisfies Record<AppName, PortVariable>;

export type Variables = Readonly<Record<string, string>>;

export const mainFile = (name: AppName | 'console'): string => join(DIST, name, 'src/main.js');

/** A variable of the shell, or else the value of local runs. */
const shellOr = (name: string, localValue: string): string => process.env[name] || localValue;

export function missingBuilds(): string[] {
  const missing = appNames.filter((name) => !existsSync(mainFile(name)));
  return missing.length === 0 ? [] : [`not built yet in ${DIST}: ${missing.join(', ')}. Type npm run build`];
}

/** The environment variables of each app. */
export function appEnvironments(
  ports: Ports,
  resources: CreatedResources,
  issuer: LocalIssuer['env'],
): Record<AppName, Variables> {
  return {
    api: {
      API_PORT: String(ports.API_PORT),
      ORDERS_QUEUE_URL: resources.ordersQueueUrl,
      ORDERS_TABLE: resources.ordersTableName,
      COMMAND_OUTCOMES_TABLE: resources.commandOutcomesTableName,
      ORDER_BATCHES_TABLE: resources.orderBatchesTableName,
      PRICING: shellOr('PRICING', LOCAL_PRICING),
      ORDER_ID_KEYS: shellOr('ORDER_ID_KEYS', LOCAL_ORDER_ID_KEYS),
      SELLER_TIME_ZONE: shellOr('SELLER_TIME_ZONE', LOCAL_TIME_ZONE),
      RATE_LIMIT_REQUESTS: shellOr('RATE_LIMIT_REQUESTS', LOCAL_RATE_LIMIT_REQUESTS),
      ...issuer,
    },
    worker: {
      WORKER_PORT: String(ports.WORKER_PORT),
      ORDERS_QUEUE_URL: resources.ordersQueueUrl,
      ORDERS_DLQ_URL: resources.ordersDeadLetterQueueUrl,
      ORDERS_TABLE: resources.ordersTableName,
      PAYMENT_CLAIMS_TABLE: resources.paymentClaimsTableName,
      COMMAND_OUTCOMES_TABLE: resources.commandOutcomesTableName,
      ORDER_BATCHES_TABLE: resources.orderBatchesTableName,
      SELLER_NAME: shellOr('SELLER_NAME', 'Cleaning Supplies GmbH'),
      SELLER_ADDRESS: shellOr('SELLER_ADDRESS', '1 Soap Rd|10115 Berlin|DE'),
      SELLER_VAT_ID: shellOr('SELLER_VAT_ID', 'DE123456789'),
      SELLER_TIME_ZONE: shellOr('SELLER_TIME_ZONE', LOCAL_TIME_ZONE),
    },
    'stream-relay': {
      RELAY_PORT: String(ports.RELAY_PORT),
      ORDERS_STREAM_ARN: resources.ordersStreamArn,
      LEASES_TABLE: resources.leasesTableName,
      RELAY_DLQ_URL: resources.relayDeadLetterQueueUrl,
      ORDER_EVENTS_TOPIC_ARN: resources.orderEventsTopicArn,
    },
  };
}

export type AppOptions = Pick<ProcessDefinition, 'name' | 'write' | 'restarts'> & {
  readonly env: Variables;
  readonly nodeArguments?: readonly string[];
};

/** Defines the process of a compiled app. @param file The app's main file, or a replacement */
export function appDefinition(file: string, options: AppOptions): ProcessDefinition {
  const { env, nodeArguments = [], ...definition } = options;
  return {
    ...definition,
    command: nodePath,
    args: [...nodeArguments, '--enable-source-maps', '--import', FOLLOW_LAUNCHER, file],
    env: { ...process.env, ...env },
  };
}

/** The console of operators; undefined if it is not built, because its folder can be deleted. It changes nothing by itself. */
export function consoleProcess(ports: Ports, aws: Variables, write: WriteLine): SupervisedProcess | undefined {
  const file = mainFile('console');
  if (!existsSync(file)) return undefined;
  const url = (port: PortVariable) => `http://127.0.0.1:${ports[port]}`;
  const env = {
    ...aws,
    CONSOLE_PORT: String(ports.CONSOLE_PORT),
    API_URL: url('API_PORT'),
    WORKER_URL: url('WORKER_PORT'),
    RELAY_URL: url('RELAY_PORT'),
    AUTH_ISSUER: issuerUrl(ports.AUTH_PORT),
    AUTH_JWKS_URL: jwksUrl(ports.AUTH_PORT),
    AUTH_CLIENT_ID: '',
  };
  return new SupervisedProcess(appDefinition(file, { name: 'console', write, env }));
}

/** The variables with which the api reports its metrics, and no traces, to the console, unless the shell says where to. */
export function reportsToConsole({ CONSOLE_PORT }: Pick<Ports, 'CONSOLE_PORT'>): Variables {
  if (process.env['METRICS'] || process.env['OTEL_EXPORTER_OTLP_ENDPOINT']) return {};
  const endpoint = `http://127.0.0.1:${CONSOLE_PORT}`;
  return { METRICS: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' };
}

/** Compiles all changes. */
export function compilerProcess(write: WriteLine | undefined): SupervisedProcess {
  const root = join(import.meta.dirname, '..');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return new SupervisedProcess({
    name: 'tsc',
    command: nodePath,
    args: [tsc, '-p', join(root, 'tsconfig.build.json'), '--watch', '--preserveWatchOutput'],
    env: process.env,
    write,
  });
}
