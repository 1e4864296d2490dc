import { MetricRecorder } from './metric-recorder.ts';
import { OtlpMetrics } from './otlp-metrics.ts';

const BEGAN_MS = 1_700_000_000_000;
const NOW_MS = BEGAN_MS + 10_000;

interface Told {
  resourceMetrics: [{ resource: unknown; scopeMetrics: [{ metrics: { name: string }[] }] }];
}

describe('OtlpMetrics', () => {
  const recorder = new MetricRecorder('api');
  const otlp = new OtlpMetrics('api', BEGAN_MS);
  const tell = () => otlp.request(recorder.take(), 'task-1', NOW_MS) as Told;
  const named = (told: Told, name: string) =>
    told.resourceMetrics[0].scopeMetrics[0].metrics.find((metric) => metric.name === name);

  it('tells counters as totals since the beginning, each combination of dimensions for itself', () => {
    const route = { Route: 'POST /v1/orders', Status: '202' };
    const totals = [2, 3].map((by) => {
      recorder.count('HttpRequests', route, by);
      recorder.count('OrdersAccepted');
      return tell();
    });
    expect(named(totals[1]!, 'HttpRequests')).toEqual({
      name: 'HttpRequests',
      unit: '1',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          {
            attributes: [
              { key: 'Route', value: { stringValue: 'POST /v1/orders' } },
              { key: 'Status', value: { stringValue: '202' } },
            ],
            startTimeUnixNano: `${BEGAN_MS}000000`,
            timeUnixNano: `${NOW_MS}000000`,
            asDouble: 5,
          },
        ],
      },
    });
    expect(named(totals[1]!, 'OrdersAccepted')).toMatchObject({ sum: { dataPoints: [{ asDouble: 2 }] } });
  });

  it('tells totals again that did not change', () => {
    recorder.count('OrdersRefused', { Reason: 'forbidden' });
    const told = [tell(), tell()].map((one) => named(one, 'OrdersRefused'));
    expect(told[1]).toMatchObject({ sum: { dataPoints: [{ asDouble: 1 }] } });
  });

  it('tells gauges as they are and distributions by their quantiles', () => {
    for (let ms = 1; ms <= 50; ms += 1) recorder.record('EnqueueLatency', ms);
    const told = tell();
    expect(named(told, 'PendingEnqueue')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 0 }] } });
    const quantile = (share: string, asDouble: number) =>
      expect.objectContaining({ attributes: [{ key: 'quantile', value: { stringValue: share } }], asDouble });
    expect(named(told, 'EnqueueLatency')).toEqual({
      name: 'EnqueueLatency',
      unit: 'ms',
      gauge: { dataPoints: [quantile('p50', 25), quantile('p99', 50), quantile('max', 50)] },
    });
  });

  it('says whose they are', () => {
    expect(JSON.stringify(tell().resourceMetrics[0].resource)).toMatch(/"api".*"fargate-orders".*"task-1"/);
  });
});
