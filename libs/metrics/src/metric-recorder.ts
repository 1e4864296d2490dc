import {
  type CounterArguments,
  type MeasuredService,
  type MetricDefinition,
  type MetricName,
  serviceMetrics,
} from './metric-definitions.ts';

/** A metric's value in one interval; a distribution has several. */
export interface MetricValue {
  name: string;
  unit: MetricDefinition['unit'];
  value: number | readonly number[];
}

/** The values of one report with the same dimensions. */
export interface MetricDocument {
  /** `Service` first. */
  dimensions: Readonly<Record<string, string>>;
  values: readonly MetricValue[];
}

/**
 * Most combinations of dimensions of a counter in one report. The api has about 35 routes, including those of its documents,
 * and answers each with three or four statuses, so only a mistake reaches this. Further combinations are counted under
 * `other`, so that the sum stays right.
 */
export const MAX_COMBINATIONS = 200;
/**
 * Most values of a distribution in one report. CloudWatch accepts 100 of a metric in a document; Powertools sends by itself
 * at the hundredth. With six reports a minute a percentile has 594 values of each process, six of them beyond p99.
 */
export const MAX_VALUES = 99;

const OTHER = 'other';

interface Count {
  dimensions: Readonly<Record<string, string>>;
  sum: number;
}

/** A sample of at most {@link MAX_VALUES} of the values given, in no particular order. */
interface Sample {
  values: number[];
  given: number;
}

/**
 * Keeps the metrics of a service until they are reported: only declared metrics with their declared dimensions. Recording
 * is an addition in a map; {@link MAX_COMBINATIONS} and {@link MAX_VALUES} of each metric bound the memory.
 */
export class MetricRecorder<Service extends MeasuredService> {
  private readonly service: Service;
  private readonly counters = new Map<string, Map<string, Count>>();
  private readonly distributions = new Map<string, Sample>();
  private readonly gauges = new Map<string, number>();
  private readonly samplers: (() => void)[] = [];

  constructor(service: Service) {
    this.service = service;
  }

  /** Adds `by`, by default 1, to a counter. */
  count<Name extends MetricName<Service, 'counter'>>(
    name: Name,
    ...[dimensions, by = 1]: CounterArguments<Service, Name>
  ): void {
    this.countOf(name, dimensions ?? {}).sum += by;
  }

  /**
   * Adds a value to a distribution. Each of n values is kept with the same probability, {@link MAX_VALUES} / n.
   * (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R.)
   */
  record(name: MetricName<Service, 'distribution'>, value: number): void {
    const sample = getOrAdd(this.distributions, name, () => ({ values: [], given: 0 }));
    sample.given += 1;
    const place = sample.given <= MAX_VALUES ? sample.given - 1 : Math.floor(Math.random() * sample.given);
    if (place < MAX_VALUES) sample.values[place] = value;
  }

  /** Raises a gauge to a value, unless it is higher already. */
  raise(name: MetricName<Service, 'gauge'>, value: number): void {
    this.gauges.set(name, Math.max(value, this.gauges.get(name) ?? 0));
  }

  /** Registers a function that measures a gauge whenever gauges are sampled. */
  gauge(name: MetricName<Service, 'gauge'>, measure: () => number): void {
    this.samplers.push(() => this.raise(name, measure()));
  }

  /** Measures all registered gauges. */
  sample(): void {
    for (const sampler of this.samplers) sampler();
  }

  /**
   * Returns the report since the last call, and starts a new one. It contains every gauge, with 0 if nothing raised it, and
   * other metrics only if something was added to them.
   */
  take(): MetricDocument[] {
    this.sample();
    const common: MetricValue[] = [];
    const documents: MetricDocument[] = [{ dimensions: { Service: this.service }, values: common }];
    for (const [name, { kind, unit }] of Object.entries<MetricDefinition>(serviceMetrics[this.service])) {
      if (kind === 'gauge') common.push({ name, unit, value: this.gauges.get(name) ?? 0 });
      const sample = this.distributions.get(name);
      if (sample) common.push({ name, unit, value: sample.values });
      for (const { dimensions, sum } of this.counters.get(name)?.values() ?? []) {
        const value = { name, unit, value: sum };
        if (Object.keys(dimensions).length === 0) common.push(value);
        else documents.push({ dimensions: { Service: this.service, ...dimensions }, values: [value] });
      }
    }
    this.counters.clear();
    this.distributions.clear();
    this.gauges.clear();
    return documents.filter(({ values }) => values.length > 0);
  }

  private countOf(name: string, dimensions: Count['dimensions']): Count {
    const counts = getOrAdd(this.counters, name, () => new Map<string, Count>());
    const key = Object.values(dimensions).join('\n');
    if (counts.has(key) || counts.size < MAX_COMBINATIONS) return getOrAdd(counts, key, () => ({ dimensions, sum: 0 }));
    const others = Object.fromEntries(Object.keys(dimensions).map((dimension) => [dimension, OTHER]));
    return getOrAdd(counts, OTHER, () => ({ dimensions: others, sum: 0 }));
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
