import { embeddedMetricOutput, logOutput } from './metric-output.ts';
import { MAX_VALUES, type MetricDocument, MetricRecorder } from './metric-recorder.ts';

function measured(): MetricDocument[] {
  const metrics = new MetricRecorder('api');
  metrics.count('OrdersAccepted', {}, 3);
  metrics.count('HttpRequests', { Route: 'POST /v1/orders', Status: '202' }, 3);
  for (let value = 1; value <= 2 * MAX_VALUES; value += 1) metrics.record('EnqueueLatency', 7.25);
  return metrics.take();
}

describe('embeddedMetricOutput', () => {
  it('writes a line for each document as CloudWatch reads it', async () => {
    const lines: string[] = [];
    const output = await embeddedMetricOutput('shop', (line) => lines.push(line));
    await output(measured());
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
    const [common, byRoute] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(byRoute).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'shop',
            Dimensions: [['Service', 'Route', 'Status'], ['Service']],
            Metrics: [{ Name: 'HttpRequests', Unit: 'Count' }],
          },
        ],
      },
      Service: 'api',
      Route: 'POST /v1/orders',
      Status: '202',
      HttpRequests: 3,
    });
    expect(common).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [['Service']] }] },
      OrdersAccepted: 3,
      PendingEnqueue: 0,
    });
    const values = common!['EnqueueLatency'] as number[];
    expect(values).toEqual(Array(MAX_VALUES).fill(7.3));
    // CloudWatch takes no more of a metric.
    expect(values.length).toBeLessThanOrEqual(100);
    const { Timestamp } = common!['_aws'] as { Timestamp: number };
    expect(Math.abs(Date.now() - Timestamp)).toBeLessThan(60_000);
  });
});

describe('logOutput', () => {
  it('writes a whole report in one line', async () => {
    const lines: Record<string, unknown>[] = [];
    await logOutput((fields) => lines.push(fields))(measured());
    expect(lines).toEqual([
      {
        PendingEnqueue: 0,
        OrdersAccepted: 3,
        EnqueueLatency: { values: MAX_VALUES, p50: 7.3, p99: 7.3, max: 7.3 },
        'HttpRequests POST /v1/orders 202': 3,
      },
    ]);
  });
});
