import { setTimeout as sleep } from 'node:timers/promises';
import { appEnvironments, appNames, appPorts, appProcess, compilerProcess, type AppName } from './apps.ts';
import { startLocalAws, type LocalAws } from './aws/local-aws.ts';
import { startLocalIssuer, type LocalIssuer } from './auth/local-issuer.ts';
import type { Ports } from './ports.ts';
import type { WriteLine } from './processes/line-log.ts';
import type { SupervisedProcess } from './processes/supervised-process.ts';
import { allReady } from './readiness.ts';

/** Between two looks at apps that do not start while someone edits them. */
const WATCH_RETRY_MS = 2_000;
const READY_TIMEOUT_MS = 30_000;

export interface LocalRunOptions {
  readonly ports: Ports;
  readonly watch: boolean;
  readonly write: WriteLine;
  /** Variables for the apps, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Everything that `npm start` starts. */
export class LocalRun {
  private readonly options: LocalRunOptions;
  private readonly stopped = new AbortController();
  private started: Promise<LocalAws> | undefined;
  private apps: SupervisedProcess[] = [];
  private backing: PromiseSettledResult<LocalAws | LocalIssuer>[] = [];

  constructor(options: LocalRunOptions) {
    this.options = options;
  }

  /** Resolves when all is ready; rejects when something is not, or when a stop comes before. */
  start(): Promise<LocalAws> {
    this.started = this.startAll();
    return this.started;
  }

  /** Stops what runs in the order in which work flows, so that each has still those it needs to finish. */
  async stop(): Promise<void> {
    this.stopped.abort(new Error('stopped'));
    await this.started?.catch(() => undefined);
    for (const app of this.apps) await app.stop();
    // The issuer is last in the list, the emulators first.
    for (const part of this.backing.toReversed()) if (part.status === 'fulfilled') await part.value.stop();
  }

  /** The process of an app, once it was started. */
  app(name: AppName): SupervisedProcess {
    return this.apps.find((app) => app.name === name)!;
  }

  private async startAll(): Promise<LocalAws> {
    const { ports, write } = this.options;
    const { signal } = this.stopped;
    const [aws, issuer] = await this.settled([
      startLocalAws({ ports, env: process.env, write, signal }),
      startLocalIssuer({ port: ports.AUTH_PORT, write, signal }),
    ]);
    signal.throwIfAborted();
    await this.startApps(aws, issuer);
    return aws;
  }

  /** Waits for both even if one fails, so that a stop knows what there is to stop. */
  private async settled(parts: [Promise<LocalAws>, Promise<LocalIssuer>]): Promise<[LocalAws, LocalIssuer]> {
    this.backing = await Promise.allSettled(parts);
    return Promise.all(parts);
  }

  private async startApps(aws: LocalAws, issuer: LocalIssuer): Promise<void> {
    const { ports, watch, write, env } = this.options;
    const environments = appEnvironments(ports, aws.resources, issuer.env);
    const apps = appNames.map((name) => appProcess(name, { ...aws.env, ...environments[name], ...env }, watch, write));
    this.apps = watch ? [compilerProcess(write), ...apps] : apps;
    this.apps.forEach((app) => app.start());
    const checks = appNames.map((name, index) => ({ process: apps[index]!, port: ports[appPorts[name]] }));
    await this.ready(() => allReady(checks, READY_TIMEOUT_MS, this.stopped.signal));
  }

  /** While someone is editing, an app that does not start is news, not an end. */
  private async ready(check: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await check();
      } catch (error) {
        if (!this.options.watch || this.stopped.signal.aborted) throw error;
        this.options.write('start', (error as Error).message);
        await sleep(WATCH_RETRY_MS, undefined, { signal: this.stopped.signal });
      }
    }
  }
}
