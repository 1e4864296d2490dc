import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appEnvironments, type AppName, appNames, appPorts, appProcess } from '../../../local/apps.ts';
import { awsClients, type AwsClients } from '../../../local/aws/aws-clients.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws/local-aws.ts';
import { type LocalIssuer, startLocalIssuer } from '../../../local/auth/local-issuer.ts';
import { defaultPorts, type Ports } from '../../../local/ports.ts';
import type { WriteLine } from '../../../local/processes/line-log.ts';
import { freePorts } from '../../../local/taken-ports.ts';
import { SeededRandom } from '#libs/dynamodb-streams';
import type { ServiceUrls } from '../proxy/fault-proxy.ts';
import { ThreadedProxy } from '../proxy/threaded-proxy.ts';
import { Instance, INSTANCES } from './instance.ts';

const MAX_CLOCK_SHIFT_MS = 10 * 60_000;
const READY_TIMEOUT_MS = 60_000;
const SHIFTING_CLOCK = pathToFileURL(join(import.meta.dirname, '../processes/shifting-clock.ts')).href;

export interface ChaosPipelineOptions {
  readonly seed: number;
  readonly leaseSeconds: number | undefined;
  readonly write: WriteLine;
  readonly signal: AbortSignal;
}

/** The compiled apps, two of each, that reach AWS's emulators through the fault proxy alone. */
export class ChaosPipeline {
  readonly instances: readonly Instance[];
  readonly proxy: ThreadedProxy;
  readonly issuer: LocalIssuer;
  readonly resources: LocalAws['resources'];
  /** That pass the proxy by: for those who look on. */
  readonly clients: AwsClients;
  private readonly aws: LocalAws;

  private constructor(aws: LocalAws, issuer: LocalIssuer, proxy: ThreadedProxy, instances: readonly Instance[]) {
    this.aws = aws;
    this.issuer = issuer;
    this.proxy = proxy;
    this.instances = instances;
    this.resources = aws.resources;
    this.clients = awsClients(aws.env);
  }

  static async start({ seed, leaseSeconds, write, signal }: ChaosPipelineOptions): Promise<ChaosPipeline> {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0, AUTH_PORT = 0, ...appPorts] = await freePorts(3 + INSTANCES * 3);
    const ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT, AUTH_PORT };
    const aws = await startLocalAws({ ports, write, signal });
    const issuer = await startLocalIssuer({ port: AUTH_PORT, write, signal });
    const proxy = await ThreadedProxy.start(targetsOf(aws), seed);
    const instances = startInstances({ aws, issuer, proxy, ports, appPorts, seed, leaseSeconds, write });
    const pipeline = new ChaosPipeline(aws, issuer, proxy, instances);
    try {
      const ready = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
      await Promise.all(instances.map((instance) => instance.ready(ready)));
      return pipeline;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  instancesOf(app: AppName): readonly Instance[] {
    return this.instances.filter((instance) => instance.app === app);
  }

  get apiUrls(): readonly string[] {
    return this.instancesOf('api').map(({ port }) => `http://127.0.0.1:${port}`);
  }

  /** Ends every fault that lasts. */
  heal(): void {
    this.proxy.inflict([]);
    for (const instance of this.instances) instance.resume();
  }

  async stop(): Promise<void> {
    this.heal();
    for (const app of appNames) await Promise.all(this.instancesOf(app).map(({ process }) => process.stop()));
    this.clients.destroy();
    await this.proxy.stop();
    await this.issuer.stop();
    await this.aws.stop();
  }
}

function targetsOf({ env }: LocalAws): ServiceUrls {
  return {
    sqs: env['AWS_ENDPOINT_URL_SQS'] ?? '',
    sns: env['AWS_ENDPOINT_URL_SNS'] ?? '',
    dynamodb: env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
    streams: env['AWS_ENDPOINT_URL_DYNAMODB_STREAMS'] ?? '',
  };
}

interface Surroundings {
  readonly aws: LocalAws;
  readonly issuer: LocalIssuer;
  readonly proxy: ThreadedProxy;
  readonly ports: Ports;
  readonly appPorts: readonly number[];
  readonly seed: number;
  readonly leaseSeconds: number | undefined;
  readonly write: WriteLine;
}

function startInstances(surroundings: Surroundings): Instance[] {
  const { aws, issuer, proxy, ports, appPorts: free, seed, leaseSeconds, write } = surroundings;
  const random = new SeededRandom(seed);
  return appNames.flatMap((app, position) =>
    Array.from({ length: INSTANCES }, (_, n) => {
      const port = free[position * INSTANCES + n] ?? 0;
      const env = {
        ...aws.env,
        AWS_ENDPOINT_URL_SQS: proxy.urls.sqs,
        AWS_ENDPOINT_URL_SNS: proxy.urls.sns,
        AWS_ENDPOINT_URL_DYNAMODB: proxy.urls.dynamodb,
        AWS_ENDPOINT_URL_DYNAMODB_STREAMS: proxy.urls.streams,
        ...appEnvironments({ ...ports, [appPorts[app]]: port }, aws.resources, issuer.env)[app],
        ...(app === 'stream-relay' && leaseSeconds && { RELAY_LEASE_SECONDS: String(leaseSeconds) }),
        ...(app === 'worker' && { UNEXPECTED_RETRY_SECONDS: '1' }),
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: `--import=${SHIFTING_CLOCK}`,
        CLOCK_SHIFT_MS: String(Math.round(random.between(-MAX_CLOCK_SHIFT_MS, MAX_CLOCK_SHIFT_MS))),
      };
      const name = `${app} ${n + 1}`;
      return new Instance(app, n + 1, port, appProcess(app, env, false, (_, line) => write(name, line)).start());
    }),
  );
}
