import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { MetricRecorder, otlpOutput } from '#libs/metrics';
import { prepareServer } from '../http/server.ts';
import { FailedAnswers, receiveReports } from './failed-answers.ts';

const MINUTE_MS = 60_000;

describe('FailedAnswers', () => {
  const server = fastify({ bodyLimit: 1_024 });
  let failed: FailedAnswers;
  let url: string;

  beforeAll(async () => {
    prepareServer(server);
    receiveReports(server, { take: (report) => failed.take(report) });
    await server.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  });

  beforeEach(() => (failed = new FailedAnswers()));

  afterAll(() => server.close());

  const send = async (body: unknown, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const answer = await fetch(`${url}/v1/metrics`, { ...init, body: JSON.stringify(body) });
    return answer.status;
  };

  it('counts the answers with a status of 500 or more that an api reports, for a minute', async () => {
    const recorder = new MetricRecorder('api');
    const failures: Error[] = [];
    const report = await otlpOutput('api', url, (error) => failures.push(error));
    const answer = async (Status: string, times: number) => {
      recorder.count('HttpRequests', { Route: 'GET /v1/orders/:orderId', Status }, times);
      await report(recorder.take());
    };

    expect(failed.inLastMinute()).toBeUndefined();
    await answer('200', 7);
    expect(failed.inLastMinute()).toBe(0);
    await answer('503', 2);
    await answer('404', 5);
    await answer('503', 3);
    await answer('500', 1);
    expect(failed.inLastMinute()).toBe(6);
    expect(failed.inLastMinute(Date.now() + MINUTE_MS)).toBe(0);
    expect(failures).toEqual([]);
  });

  it('adds the apis up, and counts no answer that is older than the first report', async () => {
    await send(reportOf({ instance: 'old', failed: 90, beganAgoMs: 10 * MINUTE_MS }));
    await send(reportOf({ instance: 'young', failed: 4 }));
    expect(failed.inLastMinute()).toBe(4);
    await send(reportOf({ instance: 'old', failed: 92, beganAgoMs: 10 * MINUTE_MS }));
    // A process of the same name that has started again counts from 0.
    await send(reportOf({ instance: 'young', failed: 1 }));
    expect(failed.inLastMinute()).toBe(7);
  });

  it('uses nothing but numbers of the metric of the api', async () => {
    const others = [
      reportOf({ service: 'worker', failed: 1 }),
      reportOf({ name: 'OrdersAccepted', failed: 1 }),
      reportOf({ status: '<b>600</b>', failed: 1 }),
      reportOf({ failed: '5' }),
      reportOf({ failed: -5 }),
      reportOf({ instance: 'x'.repeat(1_000), failed: 1 }),
    ];
    for (const other of others) expect(await send(other)).toBe(200);
    expect(failed.inLastMinute() ?? 0).toBe(0);
  });

  it.each([[null], [[]], [{}], [{ resourceMetrics: 5 }], [{ resourceMetrics: [null] }], ['text']])(
    'refuses %j, which is no report',
    async (body) => expect(await send(body)).toBe(400),
  );

  it('keeps few instances', async () => {
    const old = { instance: 'old', beganAgoMs: 10 * MINUTE_MS };
    await send(reportOf({ ...old, failed: 90 }));
    for (let number = 1; number <= 16; number += 1) await send(reportOf({ instance: `api-${number}`, failed: 0 }));
    await send(reportOf({ ...old, failed: 92 }));
    expect(failed.inLastMinute()).toBe(0);
  });

  it('accepts reports of up to 256 KB, and from no web page', async () => {
    const report = { ...reportOf({ failed: 1 }), padding: 'x'.repeat(200 * 1_024) };
    expect(await send(report)).toBe(200);
    expect(await send({ ...report, more: report.padding })).toBe(413);
    expect(await send(report, { origin: 'https://shop.example.com' })).toBe(403);
    expect(await send(report, { 'sec-fetch-site': 'same-origin' })).toBe(403);
  });
});

function reportOf(given: {
  service?: string;
  instance?: string;
  name?: string;
  status?: string;
  failed: unknown;
  beganAgoMs?: number;
}) {
  const { service = 'api', instance = 'api-1', name = 'HttpRequests', status = '503', failed, beganAgoMs = 0 } = given;
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const point = {
    attributes: [attribute('Route', 'GET /v1/orders'), attribute('Status', status)],
    startTimeUnixNano: `${Date.now() - beganAgoMs}000000`,
    asDouble: failed,
  };
  return {
    resourceMetrics: [
      {
        resource: { attributes: [attribute('service.name', service), attribute('service.instance.id', instance)] },
        scopeMetrics: [{ metrics: [{ name, sum: { dataPoints: [point] } }] }],
      },
    ],
  };
}
