import { hostname } from 'node:os';
import { type MeasuredService, type MetricOutput, OtlpMetrics } from '#libs/metrics';
import type { Logger } from './logger.ts';

/** Under the 10 s between two tellings. */
const CALL_TIMEOUT_MS = 2_000;
/** While the collector is away, one line of thirty tellings. */
const LOG_EVERY = 30;

/** Sends metrics to an OpenTelemetry collector. One that is away loses what was told meanwhile, but for the totals. */
export function otlpMetricOutput(service: MeasuredService, endpoint: string, logger: Logger): MetricOutput {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/metrics`;
  const instance = `${hostname()}-${process.pid}`;
  const metrics = new OtlpMetrics(service, Date.now());
  let failures = 0;
  return async (documents) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metrics.request(documents, instance, Date.now())),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`expected the collector to take metrics, got ${response.status}`);
      failures = 0;
    } catch (error) {
      if (failures % LOG_EVERY === 0) logger.warn({ err: error }, 'metrics_not_taken');
      failures += 1;
    }
  };
}
