import type { MeasuredService } from './metric-definitions.ts';
import type { MetricOutput } from './metric-output.ts';
import type { MetricRecorder } from './metric-recorder.ts';

/** CloudWatch keeps standard metrics by the minute: six tellings of it, so that a scaling policy waits for few seconds. */
export const TELL_EVERY_MS = 10_000;
export const SAMPLE_EVERY_MS = 1_000;

/** Tells what a recorder has, again and again; what came since is told when it is stopped. */
export class MetricTelling {
  private readonly timers: NodeJS.Timeout[];
  private readonly tellOnce: () => void;

  constructor(
    recorder: Pick<MetricRecorder<MeasuredService>, 'sample' | 'take'>,
    tell: MetricOutput,
    { tellEveryMs = TELL_EVERY_MS, sampleEveryMs = SAMPLE_EVERY_MS } = {},
  ) {
    this.tellOnce = () => tell(recorder.take());
    this.timers = [setInterval(() => recorder.sample(), sampleEveryMs), setInterval(this.tellOnce, tellEveryMs)];
    for (const timer of this.timers) timer.unref();
  }

  /** For the last time. */
  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.tellOnce();
  }
}
