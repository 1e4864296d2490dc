import type { MetricDocument } from './metric-document.ts';
import { MetricRecorder } from './metric-recorder.ts';
import { MetricTelling } from './metric-telling.ts';

const never = 1_000_000;

describe('MetricTelling', () => {
  it('tells again and again, and what came since once more when it is stopped', async () => {
    const metrics = new MetricRecorder('worker');
    const tellings: (readonly MetricDocument[])[] = [];
    const second = Promise.withResolvers<void>();
    const tell = (documents: readonly MetricDocument[]) => {
      tellings.push(documents);
      if (tellings.length === 2) second.resolve();
    };
    metrics.count('OrdersPersisted');
    const telling = new MetricTelling(metrics, tell, { tellEveryMs: 5, sampleEveryMs: never });
    // A timer of ours keeps the process up; the telling's own do not.
    const alive = setInterval(() => undefined, 5);
    await second.promise;
    clearInterval(alive);
    metrics.count('OrdersPersisted', {}, 2);
    telling.stop();
    const persisted = tellings.flat().flatMap(({ values }) => values.map(({ value }) => value));
    expect(persisted).toEqual([1, 2]);
  });

  it('samples gauges between two tellings', async () => {
    const metrics = new MetricRecorder('stream-relay');
    const sampled = Promise.withResolvers<void>();
    const heights = [3, 9, 1];
    metrics.gauge('UnrelayedRecords', () => {
      if (heights.length === 1) sampled.resolve();
      return heights.shift() ?? 0;
    });
    let highest: unknown;
    const tell = ([document]: readonly MetricDocument[]) => {
      highest = document?.values.find(({ name }) => name === 'UnrelayedRecords')?.value;
    };
    const telling = new MetricTelling(metrics, tell, { tellEveryMs: never, sampleEveryMs: 2 });
    const alive = setInterval(() => undefined, 5);
    await sampled.promise;
    clearInterval(alive);
    telling.stop();
    expect(highest).toBe(9);
  });
});
