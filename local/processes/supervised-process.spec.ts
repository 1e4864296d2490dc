import { once } from 'node:events';
import { SupervisedProcess, type ProcessDefinition } from './supervised-process.ts';

/** Longer than a start of Node on a busy machine. */
const PATIENCE_MS = 30_000;
/** Reports that it is ready, then runs until SIGTERM. */
const SERVING = `setInterval(() => {}, 1000); process.send('ready');`;
const DEAF = `process.on('SIGTERM', () => {}); ${SERVING}`;
const WITH_GRANDCHILD = `require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' }); ${SERVING}`;

const started: SupervisedProcess[] = [];

function define(script: string, options: Partial<ProcessDefinition> = {}) {
  const lines: string[] = [];
  const supervised = new SupervisedProcess({
    name: 'app',
    command: process.execPath,
    args: ['-e', script],
    env: process.env,
    write: (name, line) => void lines.push(`${name} | ${line}`),
    ...options,
  });
  started.push(supervised);
  return { supervised, lines };
}

async function start(script: string, options: Partial<ProcessDefinition> = {}) {
  const { supervised, lines } = define(script, options);
  await supervised.begin(PATIENCE_MS);
  return { supervised, lines, pid: supervised.pid! };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(() => started.splice(0).forEach((supervised) => supervised.kill()));

describe('SupervisedProcess', () => {
  it('passes on what the child prints, line by line, under its name', async () => {
    const { supervised, lines } = await start(`console.log('a'); console.error('b'); ${SERVING}`);
    await supervised.stop();
    expect(lines.toSorted()).toEqual(['app | a', 'app | b']);
  });

  it('restarts a child that was killed, and writes a line about it', async () => {
    const { supervised, lines, pid } = await start(SERVING);
    const readyAgain = supervised.ready(PATIENCE_MS);
    process.kill(pid, 'SIGKILL');
    await readyAgain;
    expect(supervised.pid).not.toBe(pid);
    expect(lines).toEqual(['app | ended by SIGKILL unexpectedly: restarting it in 0.25 s']);
  });

  it('does not restart a child without restarts', async () => {
    const { supervised, lines, pid } = await start(SERVING, { restarts: false });
    const ended = once(supervised, 'exit');
    process.kill(pid, 'SIGKILL');
    expect(await ended).toEqual(['ended by SIGKILL']);
    expect({ lines, pid: supervised.pid }).toEqual({ lines: [], pid: undefined });
  });

  it('stops a child that SIGSTOP has stopped', async () => {
    const { supervised, lines, pid } = await start(SERVING);
    process.kill(pid, 'SIGSTOP');
    await supervised.stop();
    expect({ lines, exit: supervised.lastExit }).toEqual({ lines: [], exit: 'ended by SIGTERM' });
  });

  it('leaves nothing behind after a stop, not even what the child started', async () => {
    // The grandchild holds the child's output open: a stop that left it alive would not end.
    const { supervised, pid } = await start(WITH_GRANDCHILD);
    await supervised.stop();
    expect(lives(pid)).toBe(false);
  });

  it('kills a child that does not stop in time, and writes a line about it', async () => {
    const { supervised, lines, pid } = await start(DEAF, { stopTimeoutMs: 50 });
    await supervised.stop();
    expect(lives(pid)).toBe(false);
    expect(lines).toEqual(['app | did not stop within 0.05 s: killing it']);
  });

  it('rejects when a child ends before it is ready', async () => {
    const { supervised } = define('process.exit(3)');
    await expect(supervised.begin(PATIENCE_MS)).rejects.toThrow('app exited with code 3 before it was ready');
  });

  it('rejects when a child is not ready in time', async () => {
    const { supervised } = define('setInterval(() => {}, 1000)');
    await expect(supervised.begin(10)).rejects.toThrow('app was not ready within 0.01 s');
  });

  it('emits the reason when a command does not exist', async () => {
    const { supervised } = define('', { command: '/nowhere/app' });
    const [reason] = await once(supervised.start(), 'exit');
    expect(reason).toContain('ENOENT');
  });
});
