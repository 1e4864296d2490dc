import { appNames, type AppName } from '../../../local/apps.ts';
import { requestToken } from '../../../local/auth/token-request.ts';
import { awsClients, type AwsClients } from '../../../local/aws/aws-clients.ts';
import type { LocalAws } from '../../../local/aws/local-aws.ts';
import { LocalRun } from '../../../local/local-run.ts';
import { type Ports, portVariables } from '../../../local/ports.ts';
import type { WriteLine } from '../../../local/processes/line-log.ts';
import { freePorts } from '../../../local/taken-ports.ts';

/** A quota is no refusal of bad input: nobody meets one here. */
const NO_QUOTA = '1000000000';

/** The compiled apps, one process of each, on the emulators of `npm start`. */
export class FuzzedPipeline {
  readonly ports: Ports;
  readonly aws: LocalAws;
  readonly clients: AwsClients;
  private readonly run: LocalRun;
  private readonly pids: ReadonlyMap<AppName, number | undefined>;

  private constructor(run: LocalRun, ports: Ports, aws: LocalAws) {
    this.run = run;
    this.ports = ports;
    this.aws = aws;
    this.clients = awsClients(aws.env);
    this.pids = new Map(appNames.map((name) => [name, run.app(name).pid]));
  }

  static async start(write: WriteLine): Promise<FuzzedPipeline> {
    const free = await freePorts(portVariables.length);
    const ports = Object.fromEntries(portVariables.map((name, index) => [name, free[index]])) as unknown as Ports;
    const env = { LOG_LEVEL: 'warn', UNEXPECTED_RETRY_SECONDS: '1', RATE_LIMIT_REQUESTS: NO_QUOTA };
    const run = new LocalRun({ ports, watch: false, write, env });
    try {
      return new FuzzedPipeline(run, ports, await run.start());
    } catch (error) {
      await run.stop();
      throw error;
    }
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.ports.API_PORT}`;
  }

  token(subject: string, ...roles: string[]): Promise<string> {
    return requestToken(this.ports.AUTH_PORT, { sub: subject, roles });
  }

  /** Apps whose process is not the one that was started. */
  crashed(): AppName[] {
    return appNames.filter((name) => this.run.app(name).pid !== this.pids.get(name));
  }

  async stop(): Promise<void> {
    this.clients.destroy();
    await this.run.stop();
  }
}
