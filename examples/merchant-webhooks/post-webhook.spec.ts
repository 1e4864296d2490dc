import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type Endpoint, readEndpoints } from './endpoints.ts';
import { postWebhook, retryAfterMs } from './post-webhook.ts';
import { mayConnect } from './public-address.ts';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const CONTENT = { webhookId: 'order:1', body: '{}', nowMs: 0 };
const closing: (() => void)[] = [];

afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server, and how many connections it got. */
async function serve(listener: RequestListener) {
  const counts = { connections: 0, closed: 0 };
  const server = createServer(listener).on('connection', (socket) => {
    counts.connections += 1;
    socket.on('close', () => (counts.closed += 1));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close() && server.closeAllConnections());
  return { counts, port: (server.address() as AddressInfo).port };
}

function post(url: string, { addresses = ['127.0.0.1'], allowLoopback = true, attemptTimeoutMs = 60_000 } = {}) {
  const [endpoint] = readEndpoints(JSON.stringify([{ url, secret: SECRET }]), true) as [Endpoint];
  return postWebhook(endpoint, CONTENT, { resolve: async () => addresses, allowLoopback, attemptTimeoutMs });
}

describe('mayConnect', () => {
  it.each([
    ['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.8.8.8', '169.254.169.254', '169.254.170.2', '172.31.0.1'],
    ['192.168.1.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '255.255.255.255'],
    ['[::]', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:a9fe:a9fe]', '[::ffff:8.8.8.8]', '[64:ff9b::a9fe:a9fe]'],
    ['[64:ff9b:1::1]', '[fd00:ec2::254]', '[fc00::1]', '[fe80::1]', '[fe80::1%eth0]', '[ff02::1]', '[2002:7f00:1::]'],
    ['[2001:0:4136:e378::1]', '[2001:db8::1]', '[::127.0.0.1]', '[100::1]', '[5f00::1]'],
  ])('refuses %s and others', (...hosts) => {
    expect(hosts.filter((host) => mayConnect(host, 'https:', false) !== false)).toEqual([]);
  });

  it('allows public addresses over https, and loopback only if that is allowed', () => {
    for (const host of ['8.8.8.8', '99.255.255.255', '172.32.0.1', '[2a00:1450:4001::1]', '[2606:4700::1111]']) {
      expect(mayConnect(host, 'https:', true)).toBe(true);
      expect(mayConnect(host, 'http:', true)).toBe(false);
    }
    expect(['127.0.0.1', '[::1]'].map((host) => mayConnect(host, 'http:', true))).toEqual([true, true]);
    expect(mayConnect('10.0.0.1', 'https:', true)).toBe(false);
    expect(mayConnect('shop.example.com', 'https:', false)).toBeUndefined();
  });
});

describe('postWebhook', () => {
  it.each([['127.0.0.1'], ['169.254.169.254'], ['::ffff:127.0.0.1'], ['fd00:ec2::254']])(
    'makes no connection to a name that resolves to %s',
    async (address) => {
      const { counts, port } = await serve((_, response) => response.end());
      const posted = post(`https://rebound.example.com:${port}/`, { addresses: [address], allowLoopback: false });
      await expect(posted).rejects.toThrow('the host has no public address');
      expect(counts.connections).toBe(0);
    },
  );

  it('resolves a name once, and connects to an address that it has checked', async () => {
    const { counts, port } = await serve((_, response) => response.end());
    const answers = [['10.0.0.1', '127.0.0.1'], ['169.254.169.254']];
    const [endpoint] = readEndpoints(JSON.stringify([{ url: `http://shop.test:${port}`, secret: SECRET }]), true);
    const resolve = async () => answers.shift() ?? [];
    const connecting = { resolve, allowLoopback: true, attemptTimeoutMs: 60_000 };
    expect(await postWebhook(endpoint!, CONTENT, connecting)).toMatchObject({ status: 200 });
    expect({ left: answers.length, connections: counts.connections }).toEqual({ left: 1, connections: 1 });
  });

  it('speaks TLS with the name of the host, at the address that it has checked', async () => {
    const hello = Promise.withResolvers<Buffer>();
    const server = createTcpServer((socket) =>
      socket.once('data', (data) => hello.resolve(data) ?? socket.destroy()).on('error', () => undefined),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => server.close());
    const posted = post(`https://shop.test:${(server.address() as AddressInfo).port}/`);
    expect((await hello.promise).toString('latin1')).toContain('shop.test');
    await expect(posted).rejects.toThrow(/TLS|ECONNRESET|socket/);
  });

  it('says when a name has no address', async () => {
    await expect(post('http://shop.test/', { addresses: [] })).rejects.toThrow('the host name has no address');
  });

  it('does not follow a redirect', async () => {
    const inner = await serve((_, response) => response.end());
    const location = `http://127.0.0.1:${inner.port}/`;
    const { port } = await serve((_, response) => response.writeHead(307, { location }).end());
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 307 });
    expect(inner.counts.connections).toBe(0);
  });

  it('receives only the start of a large answer', async () => {
    const chunk = Buffer.alloc(1_048_576);
    let sent = 0;
    const { counts, port } = await serve((_, response) => {
      const more = () => {
        while (sent < 1_000 && !response.destroyed) {
          sent += 1;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        return response.end();
      };
      response.writeHead(200);
      more();
    });
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 });
    expect(sent).toBeLessThan(50);
    expect(counts.connections).toBe(1);
  });

  it('ends an attempt in time, when nothing, or one header after the other, or one byte after the other arrives', async () => {
    const hanging = await serve(() => undefined);
    const drips = (start: string) => (_: unknown, response: Parameters<RequestListener>[1]) => {
      const { socket } = response;
      socket?.write(start);
      const timer = setInterval(() => socket?.write('x: y\r\n'), 20);
      socket?.on('close', () => clearInterval(timer)).on('error', () => undefined);
    };
    const headers = await serve(drips('HTTP/1.1 200 OK\r\n'));
    const body = await serve(drips('HTTP/1.1 503 No\r\ncontent-length: 60000\r\n\r\n'));
    const answer = ({ port }: { port: number }) => post(`http://127.0.0.1:${port}/`, { attemptTimeoutMs: 300 });
    await expect(answer(hanging)).rejects.toThrow('it did not answer in time');
    await expect(answer(headers)).rejects.toThrow('it did not answer in time');
    expect(await answer(body)).toMatchObject({ status: 503 });
  });
});

describe('retryAfterMs', () => {
  const nowMs = Date.parse('2026-11-28T06:00:00Z');

  it.each([
    ['120', 120_000],
    ['Sat, 28 Nov 2026 06:10:00 GMT', 600_000],
    ['Sat, 28 Nov 2026 05:00:00 GMT', 0],
    ['99999999999999999999', 3 * 86_400_000],
    ['soon', 0],
    ['-5', 0],
    [undefined, 0],
  ])('reads %s as %d ms', (header, expected) => {
    expect(retryAfterMs(header, nowMs)).toBe(expected);
  });
});
