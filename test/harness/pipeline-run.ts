import type { AppName } from '../../local/apps.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import type { Ports } from '../../local/ports.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { AwsCallRecording } from './aws-calls/aws-call-recording.ts';

const HEALTH_TIMEOUT_MS = 30_000;

/** The processes of a pipeline, wherever they run. */
export interface PipelineRun {
  /** On 127.0.0.1. */
  readonly ports: Ports;
  readonly aws: Pick<LocalAws, 'env' | 'resources'>;
  /** Sends a signal to an app; one that it ends by starts it again. */
  signal(name: AppName, signal: NodeJS.Signals): Promise<void>;
  /** The status of the answer of an app's own `/health/…`. */
  health(name: AppName, path: string): Promise<number>;
  /** Variables for another app on the same resources, so that its AWS calls are recorded too. */
  readonly recordingEnv: Readonly<Record<string, string>>;
  /** @throws Error for AWS calls that no role is known to allow. */
  stop(): Promise<void>;
}

/** As `npm start` runs it, on ports of its own. */
export async function startLocalRun(write: WriteLine): Promise<PipelineRun> {
  const recording = new AwsCallRecording();
  const pipeline = await LocalPipeline.start({ write, given: process.env, env: recording.env });
  const instanceOf = (name: AppName) => pipeline.instancesOf(name)[0]!;
  return {
    ports: pipeline.ports,
    aws: pipeline.aws,
    signal: async (name, signal) => {
      if (!instanceOf(name).signal(signal)) throw new Error(`there is no process of ${name} to send ${signal} to`);
    },
    health: async (name, path) => (await instanceOf(name).get(path, HEALTH_TIMEOUT_MS)).status,
    stop: async () => {
      await pipeline.stop();
      recording.check();
    },
    recordingEnv: recording.env,
  };
}
