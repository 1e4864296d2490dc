import { on } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { limitPipelining, listen } from './connections.ts';
import { headersForPages } from './cross-origin.ts';
import { Overload } from './overload.ts';

@Module({})
class NoModule {}

const WORK_MS = 5;
const RUSH = 50;
const queue = { pending: RUSH };
const counted: unknown[] = [];
const telemetry = {
  logger: { warn: () => undefined },
  metrics: { count: (...count: unknown[]) => counted.push(count) },
};

const cpuMs = () => process.threadCpuUsage().user / 1_000;

describe('Overload', () => {
  let close: () => Promise<void>;
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    const adapter = new FastifyAdapter();
    app = await NestFactory.create<NestFastifyApplication>(NoModule, adapter, { logger: false });
    const overload = new Overload(queue, headersForPages(['https://shop.example']), telemetry as never);
    limitPipelining(adapter.getInstance(), (request, response) => overload.refuses(request, response));
    adapter.getInstance().all('/*', async () => {
      for (const fromMs = cpuMs(); cpuMs() - fromMs < WORK_MS;);
      return 'done';
    });
    close = await listen(app, { port: 0, host: '127.0.0.1' });
    ({ port } = app.getHttpServer().address() as AddressInfo);
  });

  afterAll(() => close());

  /** Connections that the api has accepted. */
  async function connections(count: number): Promise<Socket[]> {
    const accepted = on(app.getHttpServer(), 'connection');
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
    for (let left = count; left > 0; left -= 1) await accepted.next();
    await accepted.return?.();
    return sockets;
  }

  /** The answer to one request, as text. */
  function ask(socket: Socket, path: string, method = 'POST'): Promise<string> {
    socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: api\r\norigin: https://shop.example\r\nconnection: close\r\n\r\n`,
    );
    return text(socket);
  }

  const statusOf = (answer: string) => Number(answer.split(' ')[1]);

  /** The answers to requests that arrive in two long rounds of the event loop. */
  async function twoBursts(method = 'POST'): Promise<string[]> {
    const sockets = await connections(100);
    const burst = sockets.splice(0, 50).map((socket) => ask(socket, '/v1/orders', method));
    // The end of this round, and of the next, which reads the burst.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const behind = sockets.map((socket) => ask(socket, '/v1/orders', method));
    return Promise.all([...burst, ...behind]);
  }

  it('refuses with 503 what arrives in one long round after another, and serves the next request', async () => {
    const answers = await twoBursts();
    const refused = answers.filter((answer) => statusOf(answer) === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => statusOf(answer) === 200)).toHaveLength(answers.length - refused.length);
    expect(refused.length).toBeLessThan(answers.length);
    expect(refused[0]).toMatch(/^retry-after: [2-9]\r$/m);
    expect(refused[0]).toMatch(/^access-control-allow-origin: https:\/\/shop\.example\r$/m);
    expect(refused[0]).toMatch(/^trace-id: [0-9a-f]{32}\r$/m);
    expect(JSON.parse(refused[0]?.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      type: 'urn:fargate-orders:problem:unavailable',
      detail: expect.stringContaining('send it again'),
      instance: '/v1/orders',
    });
    expect(counted).toContainEqual(['OrdersRefused', { Reason: 'unavailable' }]);
    const [next] = await connections(1);
    expect(statusOf(await ask(next as Socket, '/v1/orders'))).toBe(200);
  });

  it('serves bursts that do not follow one another', async () => {
    const sockets = await connections(100);
    const first = await Promise.all(sockets.splice(0, 50).map((socket) => ask(socket, '/v1/orders')));
    await new Promise(setImmediate);
    const second = await Promise.all(sockets.map((socket) => ask(socket, '/v1/orders')));
    expect([...first, ...second].map(statusOf)).toEqual(Array(100).fill(200));
  });

  it('serves long rounds in which few orders wait for the queue: one caller can make them', async () => {
    queue.pending = 12;
    const answers = await twoBursts();
    queue.pending = RUSH;
    expect(answers.map(statusOf)).toEqual(Array(100).fill(200));
  });

  it('answers the preflight requests of browsers, which cannot retry them', async () => {
    expect((await twoBursts('OPTIONS')).map(statusOf)).toEqual(Array(100).fill(200));
  });

  it('answers health checks however much arrives', async () => {
    const sockets = await connections(60);
    const answers = await Promise.all(sockets.map((socket) => ask(socket, '/health/live', 'GET')));
    expect(answers.map(statusOf)).toEqual(Array(60).fill(200));
  });

  it('refuses what would wait for the queue, and still reads', async () => {
    queue.pending = 400;
    const [writes, reads] = (await connections(2)) as [Socket, Socket];
    const answers = [await ask(writes, '/v1/orders'), await ask(reads, '/v1/orders', 'GET')];
    queue.pending = RUSH;
    expect(answers.map(statusOf)).toEqual([503, 200]);
  });

  it('spreads the retries of a rush at about 500 a second, and asks for at most 52 s', () => {
    const full = new Overload({ pending: 400 }, headersForPages([]), telemetry as never);
    const order = { method: 'POST', url: '/v1/orders', headers: {}, complete: true };
    const waits: number[] = [];
    const answer = {
      writeHead: (_status: number, headers: Record<string, string>) => {
        waits.push(Number(headers['retry-after']));
        return answer;
      },
      end: () => answer,
    };
    for (let n = 0; n < 30_000; n += 1) full.refuses(order as never, answer as never);
    expect(waits).toHaveLength(30_000);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...waits)).toBe(52);
    for (let second = 10; second < 40; second += 1) {
      const inSecond = waits.filter((seconds) => seconds === second).length;
      expect(inSecond).toBeGreaterThan(300);
      expect(inSecond).toBeLessThan(700);
    }
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('accepts many new connections in a round of the event loop', async () => {
    let rounds = 0;
    let accepted = 0;
    app.getHttpServer().on('connection', () => (accepted += 1));
    const rush = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
    while (accepted < rush.length) {
      // Longer than the connections need, which the kernel accepts meanwhile.
      for (const fromMs = cpuMs(); cpuMs() - fromMs < WORK_MS;);
      await new Promise(setImmediate);
      rounds += 1;
    }
    rush.forEach((socket) => socket.destroy());
    expect(rounds).toBeLessThan(rush.length / 2);
  });
});
