import { setTimeout as sleep } from 'node:timers/promises';
import { AppInstance } from './app-instance.ts';
import {
  appEnvironments,
  type AppName,
  appNames,
  appPorts,
  appDefinition,
  type AppOptions,
  compilerProcess,
  mainFile,
  type Variables,
} from './apps.ts';
import { type LocalIssuer, startLocalIssuer } from './auth/local-issuer.ts';
import { type AwsClients, awsClients } from './aws/aws-clients.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from './aws/local-aws.ts';
import type { Ports } from './ports.ts';
import type { SupervisedProcess } from './processes/supervised-process.ts';
import { freePorts, freeRunPorts } from './taken-ports.ts';

/** The pause between two checks of apps that do not start after an edit. */
const WATCH_RETRY_MS = 2_000;
/** Time for one process of each app to become ready. For several at once it is multiplied. */
const READY_TIMEOUT_MS = 30_000;

/** Without `ports`, any free ones are used. */
type DependenciesOptions = Partial<LocalAwsOptions>;

interface AppsOptions {
  /** The number of processes of each app. Default: 1. */
  readonly instances?: number;
  /** Variables of each process that override those of its app. */
  readonly env?: Variables | ((app: AppName) => Variables);
  /** Compiles changes, and restarts the apps that use them. */
  readonly watch?: boolean;
}

/** The whole service on this machine: AWS's emulators or the given endpoints, a token issuer, and the compiled apps. */
export class LocalPipeline {
  readonly ports: Ports;
  readonly aws: LocalAws;
  readonly clients: AwsClients;
  readonly instances: AppInstance[] = [];
  readonly issuer: LocalIssuer;
  private readonly options: DependenciesOptions;
  private compiler: SupervisedProcess | undefined;

  private constructor(ports: Ports, aws: LocalAws, issuer: LocalIssuer, options: DependenciesOptions) {
    this.ports = ports;
    this.aws = aws;
    this.issuer = issuer;
    this.clients = awsClients(aws.env);
    this.options = options;
  }

  /** Starts AWS and the issuer, without any app yet. */
  static async prepare(options: DependenciesOptions = {}): Promise<LocalPipeline> {
    const { ports = await freeRunPorts(), write, signal } = options;
    const starting = [
      startLocalAws({ ...options, ports }),
      startLocalIssuer({ port: ports.AUTH_PORT, write, signal }),
    ] as const;
    // Both are awaited even if one fails, so that the other is stopped.
    const parts = await Promise.allSettled(starting);
    try {
      const [aws, issuer] = await Promise.all(starting);
      signal?.throwIfAborted();
      return new LocalPipeline(ports, aws, issuer, options);
    } catch (error) {
      for (const part of parts) if (part.status === 'fulfilled') await part.value.stop();
      throw error;
    }
  }

  /** Starts all parts. Resolves when the apps are ready. */
  static async start(options: DependenciesOptions & AppsOptions = {}): Promise<LocalPipeline> {
    const pipeline = await LocalPipeline.prepare(options);
    try {
      await pipeline.startApps(options);
      return pipeline;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  /** Starts every app and waits until all are ready. */
  async startApps({ instances = 1, env = {}, watch = false }: AppsOptions): Promise<void> {
    if (watch) this.compiler = compilerProcess(this.options.write).start();
    for (const app of appNames) {
      for (let number = 1; number <= instances; number += 1) {
        const port = number === 1 ? this.ports[appPorts[app]] : (await freePorts(1))[0]!;
        this.startApp(app, port, {
          ...(instances > 1 && { name: `${app} ${number}` }),
          ...(watch && { nodeArguments: ['--watch', '--watch-preserve-output'] }),
          env: typeof env === 'function' ? env(app) : env,
        });
      }
    }
    await this.ready(watch, instances * READY_TIMEOUT_MS);
  }

  /** Starts one more process of an app without waiting for it. */
  startApp(app: AppName, port: number, options: Partial<AppOptions>): AppInstance {
    const needed = appEnvironments({ ...this.ports, [appPorts[app]]: port }, this.aws.resources, this.issuer.env)[app];
    const env = { ...this.aws.env, ...needed, ...options.env };
    const definition = appDefinition(mainFile(app), { name: app, write: this.options.write, ...options, env });
    const instance = new AppInstance(app, port, definition);
    this.instances.push(instance);
    return instance.start();
  }

  instancesOf(app: AppName): readonly AppInstance[] {
    return this.instances.filter((instance) => instance.app === app);
  }

  get apiUrls(): readonly string[] {
    return this.instancesOf('api').map(({ port }) => `http://127.0.0.1:${port}`);
  }

  /** The URL of the first api. */
  get apiUrl(): string {
    return this.apiUrls[0]!;
  }

  token(sub: string, ...roles: string[]): Promise<string> {
    return this.issuer.token(sub, ...roles);
  }

  /** Stops the parts in the order in which work flows, so that each part can still use those that it needs to finish. */
  async stop(): Promise<void> {
    await this.compiler?.stop();
    for (const app of appNames) await Promise.all(this.instancesOf(app).map((instance) => instance.stop()));
    this.clients.destroy();
    await this.issuer.stop();
    await this.aws.stop();
  }

  /** While watching, an app that does not start is reported and is not an error. */
  private async ready(watch: boolean, timeoutMs: number): Promise<void> {
    const { signal, write } = this.options;
    for (;;) {
      const results = await Promise.allSettled(this.instances.map((instance) => instance.healthy(timeoutMs, signal)));
      signal?.throwIfAborted();
      const reasons = results.flatMap((result) =>
        result.status === 'rejected' ? [String(result.reason.message)] : [],
      );
      if (reasons.length === 0) return;
      if (!watch) throw new Error(`not ready:\n${reasons.join('\n')}`);
      write?.('start', `not ready:\n${reasons.join('\n')}`);
      await sleep(WATCH_RETRY_MS, undefined, { signal });
    }
  }
}
