import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodePath } from '../../local/processes/local-script.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'shifting-clock.ts')).href;
const SHIFT_MS = 3_600_000;
/** Answers each message with its clocks. */
const CLOCKS = `
process.on('message', () => process.send([Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date]));
process.send('ready');`;

let child: ChildProcess;

beforeEach(async () => {
  child = spawn(nodePath, ['--import', PRELOAD, '-e', CLOCKS], {
    env: { ...process.env, CLOCK_SHIFT_MS: String(SHIFT_MS) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
});

afterEach(async () => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
});

async function clocks(): Promise<[number, number, number, boolean]> {
  child.send('read');
  const [answer] = (await once(child, 'message')) as [[number, number, number, boolean]];
  return answer;
}

/** Repeats, because the signal is handled some turns after it was sent. */
async function shiftedBy(expectedMs: number): Promise<Awaited<ReturnType<typeof clocks>>> {
  for (;;) {
    const answer = await clocks();
    if (Math.abs(answer[0] - Date.now() - expectedMs) < SHIFT_MS / 2) return answer;
  }
}

describe('the shifting clock', () => {
  it('is right at first, jumps at the signal and returns at the next', async () => {
    await shiftedBy(0);
    child.kill('SIGUSR2');
    const [now, date, given, isDate] = await shiftedBy(SHIFT_MS);
    expect(Math.abs(now - date)).toBeLessThan(SHIFT_MS / 2);
    expect([given, isDate]).toEqual([5, true]);
    child.kill('SIGUSR2');
    await shiftedBy(0);
  });
});
