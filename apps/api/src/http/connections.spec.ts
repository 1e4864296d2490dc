import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { limitPipelining, MAX_PIPELINED } from './connections.ts';

const requests = (count: number, path: string) => `GET /${path} HTTP/1.1\r\nhost: api\r\n\r\n`.repeat(count);

describe('limitPipelining', () => {
  let fastify: FastifyInstance;
  let client: Socket;
  let text = '';
  let handled: string[];
  const answers: (() => void)[] = [];

  beforeEach(async () => {
    handled = [];
    text = '';
    fastify = Fastify();
    limitPipelining(fastify);
    fastify.get('/:name', async ({ url }) => {
      handled.push(url);
      if (url === '/held') await new Promise<void>((resolve) => answers.push(resolve));
      return url;
    });
    fastify.setErrorHandler((_error, _request, reply) =>
      reply.status(429).header('connection', 'close').send('refused'),
    );
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    client = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (chunk) => (text += chunk.toString()));
    client.on('error', () => undefined);
    await once(client, 'connect');
  });

  afterEach(async () => {
    client.destroy();
    for (const answer of answers.splice(0)) answer();
    await fastify.close();
  });

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await turn();
  }

  it('starts no request behind a refused one, even after other answers are sent', async () => {
    client.write(requests(MAX_PIPELINED + 2, 'held'));
    await until(() => handled.length === MAX_PIPELINED);
    answers.shift()?.();
    await until(() => text.split('HTTP/1.1 200').length === 2);
    client.write(requests(3, 'behind'));
    await turn();
    for (const answer of answers.splice(0)) answer();
    await once(client, 'close');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([
      ...Array<string>(MAX_PIPELINED).fill('HTTP/1.1 200'),
      'HTTP/1.1 429',
    ]);
    expect(handled).not.toContain('/behind');
  });

  it('closes a connection whose client keeps sending, whatever is still unanswered', async () => {
    client.write(requests(MAX_PIPELINED + 1, 'held'));
    await until(() => handled.length === MAX_PIPELINED);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.write(requests(10_000, 'behind'));
    await closed;
    expect(handled).not.toContain('/behind');
  });

  it('counts only waiting requests: any number may follow one another', async () => {
    for (let n = 1; n <= 3 * MAX_PIPELINED; n += 1) {
      client.write(requests(1, 'next'));
      await until(() => text.split('HTTP/1.1 200').length === n + 1);
    }
    expect(handled).toHaveLength(3 * MAX_PIPELINED);
  });
});
