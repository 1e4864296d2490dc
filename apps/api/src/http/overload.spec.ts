import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricRecorder } from '#libs/metrics';
import { refuseOverload } from './overload.ts';

/** Requests at the same time, each with work of this long: twice what is admitted in a round. */
const REQUESTS = 10;
const WORK_MS = 10;
const SHOP = 'https://shop.example.com';

describe('refuseOverload', () => {
  const metrics = new MetricRecorder('api');
  let server: Server;

  beforeEach(async () => {
    server = createServer((_request, response) => {
      const endMs = performance.now() + WORK_MS;
      while (performance.now() < endMs);
      response.end('served');
    });
    refuseOverload(server, { metrics }, [SHOP]);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  async function atOnce(method: string, path: string): Promise<Response[]> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const options = { method, headers: { origin: SHOP }, ...(method === 'POST' && { body: '{}' }) };
    const send = () => Promise.all(Array.from({ length: REQUESTS }, () => fetch(url, options)));
    // The connections of the first requests are open for the second ones, which then arrive together.
    await send();
    return send();
  }

  it('answers 503 with Retry-After to the requests that cannot be served in time, and serves the others', async () => {
    const answers = await atOnce('POST', '/v1/orders');
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(REQUESTS);
    const [first] = refused;
    expect(Object.fromEntries(first!.headers)).toMatchObject({
      'retry-after': expect.stringMatching(/^[2-8]$/),
      'content-type': 'application/problem+json; charset=utf-8',
      'trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'access-control-allow-origin': SHOP,
    });
    expect(await first!.json()).toMatchObject({
      type: 'urn:fargate-orders:problem:unavailable',
      instance: '/v1/orders',
    });
  });

  it('counts what it refuses', async () => {
    await atOnce('POST', '/v1/orders');
    const documents = metrics.take();
    expect(documents.flatMap(({ dimensions, values }) => values.map(({ name }) => ({ name, ...dimensions })))).toEqual(
      expect.arrayContaining([
        { name: 'OrdersRefused', Service: 'api', Reason: 'unavailable' },
        { name: 'HttpRequests', Service: 'api', Route: 'POST /v1/orders', Status: '503' },
      ]),
    );
  });

  it('serves every health check', async () => {
    const answers = await atOnce('GET', '/health/live');
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: REQUESTS }, () => 200));
  });
});
