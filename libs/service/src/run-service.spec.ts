import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SERVICE = `
import { createLogger, runService } from '#libs/service';
const logger = createLogger('api', { LOG_LEVEL: 'info', LOG_PRETTY: 0 });
await runService(async () => ({ logger, port: 0, close: async () => logger.info({}, 'closing') }));
setInterval(() => undefined, 1_000);
`;

describe('runService', () => {
  it('exits after SIGTERM although nobody reads its output any more', async () => {
    const args = ['--conditions=source', '--input-type=module', '--eval', SERVICE];
    const child = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    const exited = once(child, 'exit');
    // The first line: the service has started.
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
