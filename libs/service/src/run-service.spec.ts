import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SERVICE = `
import { createLogger, runService } from '#libs/service';
const logger = createLogger('api', { LOG_LEVEL: 'info', LOG_PRETTY: 0 });
await runService(async () => ({ logger, port: 0, close: async () => logger.info({}, 'closing') }));
setInterval(() => undefined, 1_000);
`;

/** Logs 10 MB, more than a pipe and the logger hold. */
const LOUD_SERVICE = SERVICE.replace(
  'setInterval(() =>',
  "setTimeout(() => { for (let n = 0; n < 100_000; n += 1) logger.info({}, 'x'.repeat(100)); process.stderr.write('logged'); }, 1);\nsetInterval(() =>",
);

function run(service: string) {
  return spawn(process.execPath, ['--conditions=source', '--input-type=module', '--eval', service], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
}

describe('runService', () => {
  it('goes on and exits after SIGTERM although the reader of its output has stalled', async () => {
    const child = run(LOUD_SERVICE);
    const exited = once(child, 'exit');
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('writes every line before it exits', async () => {
    const child = run(SERVICE);
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(text.match(/"event":"\w+"/g)).toEqual(
      ['service_started', 'service_stopping', 'closing', 'service_stopped'].map((event) => `"event":"${event}"`),
    );
  });

  it('exits after SIGTERM although nobody reads its output any more', async () => {
    const child = run(SERVICE);
    const exited = once(child, 'exit');
    // The first line: the service has started.
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
