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
  /** Sends a signal to an app. An app that ends is started again. */
  signal(name: AppName, signal: NodeJS.Signals): Promise<void>;
  /** Returns the status that an app's `/health/…` answers. */
  health(name: AppName, path: string): Promise<number>;
  /** Variables that record the AWS calls of a further app on the same resources. */
  readonly recordingEnv: Readonly<Record<string, string>>;
  /** @throws Error for AWS calls that no role is known to allow */
  stop(): Promise<void>;
}

/** Runs the pipeline as `npm start` does, on free ports. */
export async function startLocalRun(write: WriteLine): Promise<PipelineRun> {
  const recording = new AwsCallRecording();
  const pipeline = await LocalPipeline.start({ write, given: process.env, env: recording.env });
  return localRun(pipeline, recording);
}

/** @param recording Without one, AWS calls are not recorded, for a run whose resources have other names */
export function localRun(pipeline: LocalPipeline, recording?: AwsCallRecording): PipelineRun {
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
      recording?.check();
    },
    recordingEnv: recording?.env ?? {},
  };
}
