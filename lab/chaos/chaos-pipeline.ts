import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SeededRandom } from '#libs/dynamodb-streams';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { ThreadedProxy } from './proxy/threaded-proxy.ts';
import { INSTANCES } from './scenarios/scenario.ts';

const MAX_CLOCK_SHIFT_MS = 10 * 60_000;
const SHIFTING_CLOCK = pathToFileURL(join(import.meta.dirname, 'shifting-clock.ts')).href;

/** Several processes of each app, which reach AWS's emulators only through the fault proxy. */
export class ChaosPipeline {
  /** Its clients bypass the proxy: they are for the observers. */
  readonly local: LocalPipeline;
  readonly proxy: ThreadedProxy;

  private constructor(local: LocalPipeline, proxy: ThreadedProxy) {
    this.local = local;
    this.proxy = proxy;
  }

  static async start(seed: number, leaseSeconds: number | undefined, write: WriteLine): Promise<ChaosPipeline> {
    const local = await LocalPipeline.prepare({ write });
    const urlOf = (service: string): string => local.aws.env[`AWS_ENDPOINT_URL_${service}`] ?? '';
    const targets = {
      sqs: urlOf('SQS'),
      sns: urlOf('SNS'),
      dynamodb: urlOf('DYNAMODB'),
      streams: urlOf('DYNAMODB_STREAMS'),
    };
    const proxy = await ThreadedProxy.start(targets, seed);
    const random = new SeededRandom(seed);
    await local.startApps({
      instances: INSTANCES,
      env: (app) => ({
        AWS_ENDPOINT_URL_SQS: proxy.urls.sqs,
        AWS_ENDPOINT_URL_SNS: proxy.urls.sns,
        AWS_ENDPOINT_URL_DYNAMODB: proxy.urls.dynamodb,
        AWS_ENDPOINT_URL_DYNAMODB_STREAMS: proxy.urls.streams,
        ...(app === 'stream-relay' && leaseSeconds && { RELAY_LEASE_SECONDS: String(leaseSeconds) }),
        ...(app === 'worker' && { UNEXPECTED_RETRY_SECONDS: '1' }),
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: `--import=${SHIFTING_CLOCK}`,
        CLOCK_SHIFT_MS: String(Math.round(random.between(-MAX_CLOCK_SHIFT_MS, MAX_CLOCK_SHIFT_MS))),
      }),
    });
    return new ChaosPipeline(local, proxy);
  }

  /** Ends all lasting faults. */
  heal(): void {
    this.proxy.inflict([]);
    for (const instance of this.local.instances) instance.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.local.stop();
    await this.proxy.stop();
  }
}
