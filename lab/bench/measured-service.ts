import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppInstance } from '../../local/app-instance.ts';
import { appDefinition, type AppName, mainFile, type Variables } from '../../local/apps.ts';
import { localScript } from '../../local/processes/local-script.ts';
import { freePorts } from '../../local/taken-ports.ts';

const PEERS = join(import.meta.dirname, '../../dist/lab/bench/peers');
const STUB = join(import.meta.dirname, 'stub/aws-stub.ts');
const STUB_READY_MS = 10_000;
/** What /proc counts in, on every Linux that this runs on. */
const CLOCK_TICKS_PER_SECOND = 100;

/** With BENCH_CPU_PROF each process leaves a profile in that folder when it ends. */
const profileTo = process.env['BENCH_CPU_PROF'];

/** As in the images that ship. Log and metrics go nowhere: writing them is part of the work, reading them is not. */
export const MEASURED_ENV: Variables = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  METRICS: 'emf',
  ...(profileTo && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileTo}` }),
};

export type Variant = 'ours' | 'peer';

export interface MeasuredOptions {
  /** Ours as it ships, or the peer that takes its place. */
  readonly variant: Variant;
  readonly port: number;
  readonly env: Variables;
  readonly nodeArguments?: readonly string[];
}

/** Starts a compiled app, which nothing starts again. */
export function startMeasured(app: AppName, { variant, port, env, nodeArguments = [] }: MeasuredOptions): AppInstance {
  const file = variant === 'ours' ? mainFile(app) : join(PEERS, `${app}.js`);
  const definition = { name: app, restarts: false, nodeArguments, env: { ...MEASURED_ENV, ...env } };
  return new AppInstance(app, port, appDefinition(file, definition)).start();
}

/** CPU time and memory of a process, from /proc. */
export function usageOf({ pid, name, lastExit }: AppInstance): { cpuMs: number; rssMb: number; peakRssMb: number } {
  if (pid === undefined) throw new Error(`${name} ${lastExit}`);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024;
  return {
    cpuMs: (ticks / CLOCK_TICKS_PER_SECOND) * 1_000,
    rssMb: megabytes('VmRSS'),
    peakRssMb: megabytes('VmHWM'),
  };
}

/** What a stub of AWS has counted: calls by action, orders that are done, and what AWS would charge. */
export interface StubFigures {
  calls: Record<string, number>;
  done: number;
  dollars: number;
}

/** A stub of AWS that runs as a process of its own. */
export interface Stub {
  readonly endpoint: string;
  /** What an SDK needs to reach it. */
  readonly env: Variables;
  figures(): Promise<StubFigures>;
  stop(): Promise<void>;
}

/** @param variables See stub/aws-stub.ts */
export async function startStub(variables: Variables): Promise<Stub> {
  const [port = 0] = await freePorts(1);
  const endpoint = `http://127.0.0.1:${port}`;
  const stub = localScript({
    name: 'stub',
    file: STUB,
    restarts: false,
    env: { STUB_PORT: String(port), ...variables },
  });
  await stub.begin(STUB_READY_MS);
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL_SQS: endpoint,
      AWS_ENDPOINT_URL_SNS: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    figures: async () => (await (await fetch(`${endpoint}/figures`)).json()) as StubFigures,
    stop: () => stub.stop(),
  };
}
