import { OtlpCollector } from './harness/otlp-collector.ts';
import { Pipeline } from './harness/pipeline.ts';
import { appFaultTests } from './shared/app-faults.ts';
import { deadLetterTests } from './shared/dead-letters.ts';
import { paymentClaimTests } from './shared/payment-claims.ts';
import { pricingTests } from './shared/pricing.ts';
import { savedQueryTests } from './shared/saved-queries.ts';
import { SHARED_ENVIRONMENT } from './shared/settings.ts';
import { traceTests } from './shared/traces.ts';

/** Tests that concern processes of this machine, not containers, share one pipeline; see `shared-pipeline.e2e-spec.ts`. */
describe('a shared pipeline', () => {
  let pipeline: Pipeline;
  let collector: OtlpCollector;
  const running = () => pipeline;

  beforeAll(async () => {
    collector = await OtlpCollector.start();
    const telemetry = { METRICS: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    pipeline = await Pipeline.start({ ...SHARED_ENVIRONMENT, ...telemetry });
  });

  afterAll(async () => {
    await pipeline.stop();
    await collector.stop();
  });

  // First: it expects the dead-letter queues to be empty.
  describe('commands in the dead-letter queue of the orders', () => deadLetterTests(running));
  describe('the traces, exported to a collector,', () => traceTests(running, () => collector));
  describe('the saved queries', () => savedQueryTests(running));
  describe('an api with other pricing', () => pricingTests(running));
  describe('a single app', () => appFaultTests(running));
  // Last: it leaves orders that do not add up.
  describe('the claim on a payment', () => paymentClaimTests(running));
});
