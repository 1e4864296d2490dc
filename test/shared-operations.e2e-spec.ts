import { Pipeline } from './harness/pipeline.ts';
import { deadLetterTests } from './shared/dead-letters.ts';
import { replayTests } from './shared/replay.ts';
import { savedQueryTests } from './shared/saved-queries.ts';
import { SHARED_ENVIRONMENT } from './shared/settings.ts';

/** Tests of what operators use share one pipeline; see `shared-pipeline.e2e-spec.ts`. */
describe('a shared pipeline', () => {
  let pipeline: Pipeline;
  const running = () => pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.start(SHARED_ENVIRONMENT);
  });

  afterAll(() => pipeline.stop());

  // These two concern processes of this machine, not containers.
  if (process.env['PIPELINE'] !== 'compose') {
    // First: it expects the dead-letter queues to be empty.
    describe('commands in the dead-letter queue of the orders', () => deadLetterTests(running));
    describe('the saved queries', () => savedQueryTests(running));
  }
  describe('npm run relay:replay', () => replayTests(running));
});
