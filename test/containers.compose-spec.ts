import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { anOrderRequest } from '../libs/orders/src/testing/order-factory.ts';
import type { AppName } from '../local/apps.ts';
import { readPorts } from '../local/ports.ts';
import { composeUp, containersOf, docker } from './harness/compose-run.ts';
import { Load } from './harness/load.ts';
import type { LogLine } from './harness/log-lines.ts';
import { expectNothingLostOrDuplicated } from './harness/nothing-lost.ts';
import { Pipeline } from './harness/pipeline.ts';

const SCALED = ['worker', 'stream-relay'] as const;

describe('the containers', () => {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = await Pipeline.start({ RELAY_LEASE_SECONDS: '3' });
    token = await pipeline.token('cust-1');
  });

  afterAll(() => pipeline.stop());

  it.each<AppName>(['worker', 'stream-relay', 'api'])(
    'lose and duplicate nothing when the %s is killed under load',
    async (name) => {
      const load = new Load(pipeline, token, { orders: 300, clients: 10 });
      await load.atLeast(100);
      await pipeline.kill(name);
      await load.finished;
      await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
    },
  );

  it('lose and duplicate nothing when worker and relay are scaled to three each and back to one', async () => {
    const load = new Load(pipeline, token, { orders: 600, clients: 10 });
    await load.atLeast(100);
    await composeUp('--no-recreate', ...SCALED.map((name) => `--scale=${name}=3`));
    for (const name of SCALED) expect(await containersOf(name)).toHaveLength(3);
    await load.atLeast(400);
    await composeUp('--no-recreate', ...SCALED.map((name) => `--scale=${name}=1`));
    await load.finished;
    await expectNothingLostOrDuplicated(pipeline, token, load.accepted);
  }, 180_000);

  it('keep stored and queued orders when all containers are removed and created again', async () => {
    const stored = await pipeline.accepted(token, anOrderRequest());
    await pipeline.decided(token, stored);
    await docker('compose', 'stop', 'worker');
    const waiting = await pipeline.accepted(token, anOrderRequest());
    await pipeline.stop();
    await docker('compose', 'down');
    pipeline = await Pipeline.start();
    token = await pipeline.token('cust-1');
    expect((await pipeline.request(`/v1/orders/${stored}`, token)).body).toMatchObject({ status: 'CONFIRMED' });
    expect((await pipeline.decided(token, waiting)).body).toMatchObject({ status: 'CONFIRMED', version: 1 });
  }, 180_000);

  it.each<AppName>(['api', 'worker', 'stream-relay'])(
    'run the %s as an unprivileged user, on a read-only file system',
    async (name) => {
      const [container = ''] = await containersOf(name);
      expect(await docker('exec', container, 'id', '-u')).not.toBe('0');
      await expect(docker('exec', container, 'sh', '-c', 'echo x > /app/x')).rejects.toThrow(/[Rr]ead-only/);
    },
  );

  it.each<AppName>(['api', 'worker', 'stream-relay'])('stop the %s without a kill while it starts', async (name) => {
    const [container = ''] = await containersOf(name);
    await docker('stop', container);
    await docker('start', container);
    await docker('stop', container);
    // 137 is SIGKILL, which Docker sends after 30 s.
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', container)).not.toBe('137');
    const lines = pipeline.logs.lines.length;
    await docker('start', container);
    const isStarted = (line: LogLine) => line.service === name && line.event === 'service_started';
    await pipeline.logs.find(`${name} started`, isStarted, { from: lines });
  });

  it.each<AppName>(['api', 'worker', 'stream-relay'])('stop the %s with SIGTERM and exit code 0', async (name) => {
    const [container = ''] = await containersOf(name);
    const from = pipeline.logs.lines.length;
    await docker('stop', container);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', container)).toBe('0');
    const isStopped = (line: LogLine) => line.service === name && line.event === 'service_stopped';
    await pipeline.logs.find(`${name} stopped`, isStopped, { from });
    await docker('start', container);
  });

  /** Its folder can be deleted. */
  const itHasConsole = existsSync(join(import.meta.dirname, '../apps/console')) ? it : it.skip;

  itHasConsole(
    'show the pipeline to an operator in the console of its profile',
    async () => {
      const compose = ['compose', '--profile', 'console'];
      await docker(...compose, 'up', '--build', '--detach', '--wait', '--no-deps', 'console');
      const origin = `http://127.0.0.1:${readPorts(process.env).ports.CONSOLE_PORT}`;
      const init = { method: 'POST', redirect: 'manual', headers: { origin } } as const;
      const signedIn = await fetch(`${origin}/sign-in/development`, { ...init, body: new URLSearchParams() });
      const [session = ''] = signedIn.headers.get('set-cookie')?.split(';') ?? [];
      const page = await fetch(origin, { headers: { cookie: session } });
      expect(await page.text()).toContain('No station is down.');
      await docker(...compose, 'rm', '--force', '--stop', 'console');
    },
    600_000,
  );
});
