import { serviceMetrics } from './metric-definitions.ts';
import { MAX_COMBINATIONS, MAX_VALUES, type MetricDocument, MetricRecorder } from './metric-recorder.ts';

let metrics: MetricRecorder<'api'>;

beforeEach(() => {
  metrics = new MetricRecorder('api');
});

/** The values of the documents with those dimensions beside `Service`. */
function reported(documents: MetricDocument[], others: Record<string, string> = {}) {
  const ofThose = documents.filter(({ dimensions: { Service: _service, ...rest } }) => {
    return JSON.stringify(rest) === JSON.stringify(others);
  });
  return Object.fromEntries(ofThose.flatMap(({ values }) => values.map(({ name, value }) => [name, value])));
}

describe('MetricRecorder', () => {
  it('adds up counters by their dimensions, and reports only those that changed', () => {
    metrics.count('OrdersAccepted');
    metrics.count('OrdersAccepted');
    metrics.count('HttpRequests', { Route: 'GET /a', Status: '200' });
    metrics.count('HttpRequests', { Route: 'GET /a', Status: '404' }, 3);
    const documents = metrics.take();
    expect(documents.map(({ dimensions }) => dimensions)).toEqual([
      { Service: 'api' },
      { Service: 'api', Route: 'GET /a', Status: '200' },
      { Service: 'api', Route: 'GET /a', Status: '404' },
    ]);
    expect(reported(documents)).toEqual({ OrdersAccepted: 2, PendingEnqueue: 0 });
    expect(reported(documents, { Route: 'GET /a', Status: '404' })).toEqual({ HttpRequests: 3 });
  });

  it('starts anew after each report, which always has all gauges', () => {
    metrics.count('OrdersAccepted');
    metrics.record('EnqueueLatency', 1);
    metrics.raise('PendingEnqueue', 5);
    expect(reported(metrics.take())).toEqual({ OrdersAccepted: 1, EnqueueLatency: [1], PendingEnqueue: 5 });
    expect(metrics.take()).toEqual([
      { dimensions: { Service: 'api' }, values: [{ name: 'PendingEnqueue', unit: 'Count', value: 0 }] },
    ]);
  });

  it('reports the highest value of a gauge in the interval, including the present one', () => {
    let waiting = 7;
    metrics.gauge('PendingEnqueue', () => waiting);
    metrics.sample();
    waiting = 2;
    expect(reported(metrics.take())).toEqual({ PendingEnqueue: 7 });
    waiting = 4;
    expect(reported(metrics.take())).toEqual({ PendingEnqueue: 4 });
  });

  it('keeps a fair sample of many values', () => {
    for (let value = 0; value < 10_000; value += 1) metrics.record('EnqueueLatency', value);
    const values = reported(metrics.take())['EnqueueLatency'] as number[];
    expect(values).toHaveLength(MAX_VALUES);
    expect(new Set(values).size).toBe(MAX_VALUES);
    const mean = values.reduce((sum, value) => sum + value, 0) / MAX_VALUES;
    // 5,000 give or take 290 at one standard deviation: this is six of them.
    expect(Math.abs(mean - 5_000)).toBeLessThan(1_740);
  });

  it('counts combinations beyond its bound under other, so that the sum is right', () => {
    for (let route = 0; route < 2 * MAX_COMBINATIONS; route += 1) {
      metrics.count('HttpRequests', { Route: `GET /${route}`, Status: '200' });
    }
    const documents = metrics.take();
    expect(documents).toHaveLength(1 + MAX_COMBINATIONS + 1);
    expect(reported(documents, { Route: 'other', Status: 'other' })).toEqual({ HttpRequests: MAX_COMBINATIONS });
  });

  it('accepts only declared names and their dimensions', () => {
    // The test is that each of these lines is an error of the compiler.
    const misuses = () => {
      // @ts-expect-error a metric of the worker
      metrics.count('OrdersPersisted');
      // @ts-expect-error a gauge
      metrics.count('PendingEnqueue');
      // @ts-expect-error no dimensions
      metrics.count('OrdersRefused');
      // @ts-expect-error another dimension
      metrics.count('OrdersRefused', { Cause: 'x' });
      // @ts-expect-error a dimension that it does not have
      metrics.count('OrdersAccepted', { Reason: 'x' });
      // @ts-expect-error one dimension of two
      metrics.count('HttpRequests', { Route: 'x' });
      // @ts-expect-error a counter
      metrics.record('OrdersAccepted', 1);
    };
    expect(misuses).toBeInstanceOf(Function);
    expect(Object.keys(serviceMetrics.api)).not.toContain('OrdersPersisted');
  });
});
