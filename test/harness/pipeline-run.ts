import { type AppName, appPorts } from '../../local/apps.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { LocalRun } from '../../local/local-run.ts';
import { portVariables, type Ports } from '../../local/ports.ts';
import type { WriteLine } from '../../local/processes/line-log.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { AwsCallRecording } from './aws-calls/aws-call-recording.ts';

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
  const free = await freePorts(portVariables.length);
  const ports = Object.fromEntries(portVariables.map((name, index) => [name, free[index]])) as unknown as Ports;
  const recording = new AwsCallRecording();
  const run = new LocalRun({ ports, watch: false, write, env: recording.env });
  try {
    const aws = await run.start();
    const signal = async (name: AppName, signal: NodeJS.Signals) => void process.kill(run.app(name).pid!, signal);
    const health = async (name: AppName, path: string) =>
      (await fetch(`http://127.0.0.1:${ports[appPorts[name]]}${path}`)).status;
    const stop = async () => {
      await run.stop();
      recording.check();
    };
    return { ports, aws, signal, health, stop, recordingEnv: recording.env };
  } catch (error) {
    await run.stop();
    throw error;
  }
}
