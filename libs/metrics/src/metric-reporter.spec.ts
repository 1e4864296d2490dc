import { type MetricDocument, MetricRecorder } from './metric-recorder.ts';
import { MetricReporter } from './metric-reporter.ts';

const never = 1_000_000;

describe('MetricReporter', () => {
  it('reports regularly, and once more when it is stopped', async () => {
    const metrics = new MetricRecorder('worker');
    const reports: (readonly MetricDocument[])[] = [];
    const second = Promise.withResolvers<void>();
    const output = (documents: readonly MetricDocument[]) => {
      reports.push(documents);
      if (reports.length === 2) second.resolve();
    };
    metrics.count('OrdersPersisted');
    const reporter = new MetricReporter(metrics, output, { reportEveryMs: 5, sampleEveryMs: never });
    // This timer keeps the process running; the reporter's own timers do not.
    const alive = setInterval(() => undefined, 5);
    await second.promise;
    clearInterval(alive);
    metrics.count('OrdersPersisted', {}, 2);
    await reporter.stop();
    const persisted = reports.flat().flatMap(({ values }) => values.map(({ value }) => value));
    expect(persisted).toEqual([1, 2]);
  });

  it('samples gauges between two reports', async () => {
    const metrics = new MetricRecorder('stream-relay');
    const sampled = Promise.withResolvers<void>();
    const heights = [3, 9, 1];
    metrics.gauge('UnrelayedRecords', () => {
      if (heights.length === 1) sampled.resolve();
      return heights.shift() ?? 0;
    });
    let highest: unknown;
    const output = ([document]: readonly MetricDocument[]) => {
      highest = document?.values.find(({ name }) => name === 'UnrelayedRecords')?.value;
    };
    const reporter = new MetricReporter(metrics, output, { reportEveryMs: never, sampleEveryMs: 2 });
    const alive = setInterval(() => undefined, 5);
    await sampled.promise;
    clearInterval(alive);
    await reporter.stop();
    expect(highest).toBe(9);
  });
});
