import { Pipeline } from './harness/pipeline.ts';
import { badInputTests } from './shared/bad-input.ts';
import { corsTests } from './shared/cors.ts';
import { orderBatchTests } from './shared/order-batches.ts';
import { orderFeedTests } from './shared/order-feed.ts';
import { orderLifeTests } from './shared/order-life.ts';
import { ordersClientTests } from './shared/orders-client.ts';
import { pipelineTests } from './shared/pipeline.ts';
import { replayTests } from './shared/replay.ts';
import { rolesTests } from './shared/roles.ts';
import { SHARED_ENVIRONMENT } from './shared/settings.ts';

/**
 * Tests that kill nothing and need no settings of their own share one pipeline, as a start takes seven seconds of CPU time.
 * To run one group: npm test -- -t 'table of roles' test/shared-pipeline
 */
describe('a shared pipeline', () => {
  let pipeline: Pipeline;
  let poison: string;
  const running = () => pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.start(SHARED_ENVIRONMENT);
    // Its five attempts take about 20 s, while other tests run.
    poison = await pipeline.sendToOrdersQueue('{"type":"order.unheard-of.v9"}');
  });

  afterAll(() => pipeline.stop());

  // Before the batches: it reads the whole table.
  describe('npm run relay:replay', () => replayTests(running));
  describe('the life of an order', () => orderLifeTests(running));
  describe('a batch of orders', () => orderBatchTests(running));
  describe('the feed of an order', () => orderFeedTests(running));
  describe('the client of the api', () => ordersClientTests(running));
  describe('the table of roles', () => rolesTests(running));
  describe("the shop's page in a browser", () => corsTests(running));
  describe('input that nobody should send', () => badInputTests(running));
  // Last: it waits for the poison message, and searches the logs of all groups for personal data.
  describe('the pipeline', () => pipelineTests(running, () => poison));
});
