import type { MeasuredService } from './metric-definitions.ts';
import type { MetricOutput } from './metric-output.ts';
import type { MetricRecorder } from './metric-recorder.ts';

/** Six reports in each minute of CloudWatch's standard metrics, so that a scaling policy waits only a few seconds. */
const REPORT_EVERY_MS = 10_000;
const SAMPLE_EVERY_MS = 1_000;

/** Reports the metrics of a recorder at a steady pace, and once more when it is stopped. */
export class MetricReporter {
  private readonly timers: NodeJS.Timeout[];
  private readonly report: () => void | Promise<void>;

  constructor(
    recorder: Pick<MetricRecorder<MeasuredService>, 'sample' | 'take'>,
    output: MetricOutput,
    { reportEveryMs = REPORT_EVERY_MS, sampleEveryMs = SAMPLE_EVERY_MS } = {},
  ) {
    this.report = () => output(recorder.take());
    this.timers = [
      setInterval(() => recorder.sample(), sampleEveryMs),
      setInterval(() => void this.report(), reportEveryMs),
    ];
    for (const timer of this.timers) timer.unref();
  }

  /** Reports for the last time; resolves when the output has sent it. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.report();
  }
}
