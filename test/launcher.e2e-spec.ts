import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodePath } from '../local/processes/local-script.ts';
import { portVariables } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { ArrivalSignal } from './harness/arrival-signal.ts';
import { LONG_ROUNDS } from './harness/rounds.ts';

/** `.ci/run` stops `npm start` with SIGTERM as well. */
const SIGNALS: NodeJS.Signals[] = LONG_ROUNDS ? ['SIGINT', 'SIGTERM'] : ['SIGINT'];
const START = join(import.meta.dirname, '../local/start.ts');

/** A launcher, run as by `npm start`. */
class Launcher {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  private readonly printed = new ArrivalSignal();

  constructor(env: Record<string, string>) {
    this.child = spawn(nodePath, ['--conditions=source', START], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.printed.notify();
    });
  }

  /** Waits for the first line with this text, from line `from` on. */
  line(text: string, from = 0): Promise<string> {
    return this.printed.waitFor(`the launcher's line: ${text}\n${this.lines.join('\n')}`, () =>
      this.lines.slice(from).find((line) => line.includes(text)),
    );
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    return ((await exited) as [number | null])[0];
  }
}

async function portsByVariable(): Promise<Record<string, string>> {
  const ports = await freePorts(portVariables.length);
  return Object.fromEntries(portVariables.map((name, position) => [name, String(ports[position])]));
}

async function isFree(port: string): Promise<boolean> {
  const server = createServer().listen(Number(port), '127.0.0.1');
  const [event] = await Promise.race([
    once(server, 'listening').then(() => ['listening']),
    once(server, 'error').then(() => ['error']),
  ]);
  server.close();
  return event === 'listening';
}

describe('npm start', () => {
  it.each(SIGNALS)('gets ready, restarts a killed app, and leaves nothing behind after %s', async (signal) => {
    const ports = await portsByVariable();
    const launcher = new Launcher(ports);
    await launcher.line('ready in');
    const printed = await launcher.line('/v1/orders \\').then(() => launcher.lines.join('\n'));
    expect(printed).toContain(`http://127.0.0.1:${ports['API_PORT']}/docs`);
    expect(printed).toContain('npm run events -- inventory');
    const { pid } = JSON.parse((await launcher.line('"service_started"')).replace(/^.*?\| /, '')) as { pid: number };
    const from = launcher.lines.length;
    process.kill(pid, 'SIGKILL');
    await launcher.line('unexpectedly: restarting it', from);
    await launcher.line('"service_started"', from);
    expect(await launcher.stop(signal)).toBe(0);
    const stopped = launcher.lines.flatMap(
      (line) => /"service":"(api|worker|stream-relay)".*"event":"service_stopped"/.exec(line)?.[1] ?? [],
    );
    expect(stopped).toEqual(['api', 'worker', 'stream-relay']);
    for (const port of Object.values(ports)) expect({ port, free: await isFree(port) }).toEqual({ port, free: true });
  });

  it('names each port that is in use and the variable that changes it', async () => {
    const ports = await portsByVariable();
    const holder = createServer().listen(Number(ports['API_PORT']), '127.0.0.1');
    await once(holder, 'listening');
    const launcher = new Launcher({ ...ports, WORKER_PORT: 'no' });
    expect(await once(launcher.child, 'exit')).toEqual([1, null]);
    await launcher.line(`port ${ports['API_PORT']} is taken: set API_PORT`);
    await launcher.line('WORKER_PORT must be a port number');
    holder.close();
  });
});
