import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { MetricRecorder } from './metric-recorder.ts';
import { OtlpOutput } from './otlp-output.ts';

interface Report {
  resourceMetrics: [{ resource: unknown; scopeMetrics: [{ metrics: { name: string }[] }] }];
}

describe('OtlpOutput', () => {
  const recorder = new MetricRecorder('api');
  const requests: { url: string | undefined; body: string }[] = [];
  let status = 200;
  let collector: Server;
  let output: OtlpOutput;

  beforeAll(async () => {
    collector = createServer((request, response) => {
      void text(request).then((body) => {
        requests.push({ url: request.url, body });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    output = new OtlpOutput('api', `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`);
  });

  afterAll(() => {
    collector.closeAllConnections();
    collector.close();
  });

  /** Sends the recorded metrics, and returns what the collector received. */
  async function report(): Promise<Report> {
    await output.send(recorder.take());
    return JSON.parse(requests.at(-1)!.body) as Report;
  }

  const named = ({ resourceMetrics }: Report, name: string) =>
    resourceMetrics[0].scopeMetrics[0].metrics.find((metric) => metric.name === name);
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

  it('sends counters as totals since the start, separately for each combination of dimensions', async () => {
    const route = { Route: 'POST /v1/orders', Status: '202' };
    const reports: Report[] = [];
    for (const by of [2, 3]) {
      recorder.count('HttpRequests', route, by);
      recorder.count('OrdersAccepted');
      reports.push(await report());
    }
    expect(requests.at(-1)?.url).toBe('/v1/metrics');
    expect(named(reports[1]!, 'HttpRequests')).toMatchObject({
      name: 'HttpRequests',
      unit: '1',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          {
            attributes: [attribute('Route', 'POST /v1/orders'), attribute('Status', '202')],
            startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
            timeUnixNano: expect.stringMatching(/^\d{19}$/),
            asDouble: 5,
          },
        ],
      },
    });
    expect(named(reports[1]!, 'OrdersAccepted')).toMatchObject({ sum: { dataPoints: [{ asDouble: 2 }] } });
  });

  it('sends unchanged totals again', async () => {
    recorder.count('OrdersRefused', { Reason: 'forbidden' });
    const reports = [await report(), await report()];
    expect(named(reports[1]!, 'OrdersRefused')).toMatchObject({ sum: { dataPoints: [{ asDouble: 1 }] } });
  });

  it('sends gauges as they are and distributions by their quantiles, only those of this report', async () => {
    for (let ms = 1; ms <= 50; ms += 1) recorder.record('EnqueueLatency', ms);
    const first = await report();
    expect(named(first, 'PendingEnqueue')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 0 }] } });
    const quantile = (share: string, asDouble: number) => ({ attributes: [attribute('quantile', share)], asDouble });
    expect(named(first, 'EnqueueLatency')).toMatchObject({
      name: 'EnqueueLatency',
      unit: 'ms',
      gauge: { dataPoints: [quantile('p50', 25), quantile('p99', 50), quantile('max', 50)] },
    });
    const second = await report();
    expect(named(second, 'EnqueueLatency')).toBeUndefined();
    expect(named(second, 'PendingEnqueue')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 0 }] } });
  });

  it('names the service and the process that send them', async () => {
    expect(JSON.stringify((await report()).resourceMetrics[0].resource)).toMatch(
      new RegExp(`"api".*"fargate-orders".*-${process.pid}"`),
    );
  });

  it('rejects when the collector refuses a report, and sends the total in the next', async () => {
    status = 400;
    recorder.count('OrdersAccepted');
    await expect(output.send(recorder.take())).rejects.toThrow('Bad Request');
    status = 200;
    expect(named(await report(), 'OrdersAccepted')).toMatchObject({ sum: { dataPoints: [{ asDouble: 3 }] } });
  });
});
