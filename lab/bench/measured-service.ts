import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppInstance } from '../../local/app-instance.ts';
import { appDefinition, type AppName, mainFile, type Variables } from '../../local/apps.ts';
import { localScript } from '../../local/processes/local-script.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { limited, type Limits } from './task-limits.ts';

const PEERS = join(import.meta.dirname, '../../dist/lab/bench/peers');
const STUB = join(import.meta.dirname, 'stub/aws-stub.ts');
const STUB_READY_MS = 10_000;
/** The unit of CPU time in /proc, on all usual Linux systems. */
const CLOCK_TICKS_PER_SECOND = 100;

/** The folder in which each process writes a CPU profile at its end. Default: no profiles. */
const profileTo = process.env['BENCH_CPU_PROF'];

/** The settings of the images. Logs and metrics are written, which is part of the work, and discarded. */
export const MEASURED_ENV: Variables = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  METRICS: 'emf',
  NODE_OPTIONS: ['--max-semi-space-size=16', ...(profileTo ? [`--cpu-prof --cpu-prof-dir=${profileTo}`] : [])].join(
    ' ',
  ),
};

export type Variant = 'ours' | 'peer';

/** Starts our compiled app or its peer, without restarts. */
export function startMeasured(
  app: AppName,
  variant: Variant,
  port: number,
  options: { env: Variables; nodeArguments: readonly string[]; limits?: Limits | undefined },
): AppInstance {
  const file = variant === 'ours' ? mainFile(app) : join(PEERS, `${app}.js`);
  const env = { ...MEASURED_ENV, ...options.env };
  const definition = appDefinition(file, { ...options, name: app, restarts: false, env });
  return new AppInstance(app, port, options.limits ? limited(definition, env, options.limits) : definition).start();
}

/** The CPU time and memory of a process, from /proc. */
export function usageOf({ pid, name, lastExit }: AppInstance) {
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

/** The counts of a stub: calls by action, completed orders, and AWS's charges in dollars. */
export interface StubFigures {
  calls: Record<string, number>;
  done: number;
  dollars: number;
}

export type Stub = Awaited<ReturnType<typeof startStub>>;

/** Starts a stub of AWS as a process of its own. @param variables See stub/aws-stub.ts @param tls Whether services call it with TLS */
export async function startStub(variables: Variables, tls = false) {
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const certificate = tls ? selfSigned() : undefined;
  const endpoint = tls ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${port}`;
  const stub = localScript({
    name: 'stub',
    file: STUB,
    restarts: false,
    env: { STUB_PORT: String(port), STUB_TLS_PORT: String(tlsPort), ...variables, ...certificate },
  });
  await stub.begin(STUB_READY_MS);
  return {
    endpoint,
    /** The variables with which an SDK calls the stub. */
    env: {
      AWS_ENDPOINT_URL_SQS: endpoint,
      AWS_ENDPOINT_URL_SNS: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...(certificate && { NODE_EXTRA_CA_CERTS: certificate.STUB_CERTIFICATE }),
    },
    figures: async () => (await (await fetch(`http://127.0.0.1:${port}/figures`)).json()) as StubFigures,
    stop: () => stub.stop(),
  };
}

/** Creates a certificate for the stub, with openssl: Node cannot. */
function selfSigned() {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/bench-stub');
  mkdirSync(folder, { recursive: true });
  const [STUB_KEY, STUB_CERTIFICATE] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=stub', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', STUB_KEY];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', STUB_CERTIFICATE], {
    stdio: 'ignore',
  });
  return { STUB_KEY, STUB_CERTIFICATE };
}
