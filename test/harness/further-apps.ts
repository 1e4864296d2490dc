import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { appEnvironments, type AppName, mainFile } from '../../local/apps.ts';
import { issuerEnvironment } from '../../local/auth/local-issuer.ts';
import { nodePath } from '../../local/processes/local-script.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { LogLines } from './log-lines.ts';
import type { Pipeline } from './pipeline.ts';

export interface FurtherApi {
  readonly url: string;
  readonly process: ChildProcess;
  readonly logs: LogLines;
}

/** Processes of apps beside those of a pipeline, and endpoints that fail. All live until `stop`. */
export class FurtherApps {
  private readonly processes: ChildProcess[] = [];
  private readonly servers: Server[] = [];

  constructor(private readonly pipeline: Pipeline) {}

  async stop(): Promise<void> {
    for (const child of this.processes.splice(0)) {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await exited;
    }
    for (const server of this.servers.splice(0)) server.close();
  }

  /** Starts an app with only these variables. */
  run(app: AppName, env: Record<string, string>): ChildProcess {
    const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
    const child = spawn(nodePath, [mainFile(app)], {
      env: { PATH, NODE_COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.processes.push(child);
    return child;
  }

  /** Runs an app until it ends. Resolves to its exit code and what it wrote on standard error. */
  async ended(app: AppName, env: Record<string, string>): Promise<{ code: number | null; stderr: string }> {
    const child = this.run(app, env);
    const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'close') as Promise<[number | null]>]);
    return { code, stderr };
  }

  /** Starts a second api on the queue and table of the pipeline, with changes to its environment. */
  async api(env: Record<string, string>): Promise<FurtherApi> {
    const [port = 0] = await freePorts(1);
    const { ports, aws, credentials, recordingEnv } = this.pipeline;
    const { api } = appEnvironments(ports, aws.resources, issuerEnvironment(ports.AUTH_PORT));
    const usual = { ...credentials, ...aws.env, ...recordingEnv, ...api, API_PORT: String(port) };
    const child = this.run('api', { ...usual, ...env });
    const logs = new LogLines();
    createInterface(child.stdout!).on('line', (line) => logs.write('api', line));
    await logs.find('the further api has started', ({ event }) => event === 'service_started');
    return { url: `http://127.0.0.1:${port}`, process: child, logs };
  }

  /** Starts a second worker on the queue and tables of the pipeline. */
  async worker(): Promise<void> {
    const [port = 0] = await freePorts(1);
    const { ports, aws, credentials, recordingEnv } = this.pipeline;
    const { worker } = appEnvironments(ports, aws.resources, {} as never);
    const child = this.run('worker', {
      ...credentials,
      ...aws.env,
      ...recordingEnv,
      ...worker,
      WORKER_PORT: String(port),
    });
    const logs = new LogLines();
    createInterface(child.stdout!).on('line', (line) => logs.write('worker', line));
    await logs.find('the further worker has started', ({ event }) => event === 'service_started');
  }

  /** An endpoint that accepts connections and never answers. */
  async blackHole(): Promise<string> {
    return this.listen(createServer((socket) => socket.on('error', () => undefined)));
  }

  /** An endpoint of SQS that holds every call until it is opened. */
  async gate(): Promise<{ url: string; holdsCall: Promise<void>; open: () => void }> {
    const opened = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { port } = new URL(this.pipeline.aws.env['AWS_ENDPOINT_URL_SQS'] ?? '');
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('readable', reached.resolve);
      void opened.promise.then(() => {
        // The api has given up this call and sent it again.
        if (socket.destroyed) return;
        const target = connect(Number(port), '127.0.0.1').on('error', () => socket.destroy());
        socket.pipe(target).pipe(socket);
      });
    });
    return { url: await this.listen(server), holdsCall: reached.promise, open: opened.resolve };
  }

  private async listen(server: Server): Promise<string> {
    this.servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
