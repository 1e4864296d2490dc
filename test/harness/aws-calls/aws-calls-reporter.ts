import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { AggregatedResult, Reporter } from '@jest/reporters';
import {
  callsBeyond,
  callsOfApps,
  KNOWN_CALLS_FILE,
  knownCalls,
  readRecording,
  type RecordedCall,
} from './recorded-call.ts';

const SUITES = join(import.meta.dirname, '../..');

/**
 * Compares `test/aws-calls.json` with a whole run of the end-to-end tests: a role need not allow a call that none of them
 * makes. With AWS_CALLS=write it writes the file instead.
 */
export default class AwsCallsReporter implements Reporter {
  private folder = '';
  private error: Error | undefined;

  onRunStart(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'fargate-orders-aws-calls-'));
    // The processes of the tests start later and inherit this.
    process.env['AWS_CALLS_FOLDER'] = this.folder;
  }

  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    const recorded = readdirSync(this.folder).flatMap((file) => readRecording(join(this.folder, file)));
    rmSync(this.folder, { recursive: true, force: true });
    const incomplete = whyIncomplete(results);
    if (process.env['AWS_CALLS'] === 'write') this.write(recorded, incomplete);
    else if (incomplete === undefined) this.compare(recorded);
  }

  getLastError(): Error | undefined {
    return this.error;
  }

  private write(recorded: readonly RecordedCall[], incomplete: string | undefined): void {
    if (incomplete === undefined) {
      writeFileSync(KNOWN_CALLS_FILE, `${JSON.stringify(callsOfApps(recorded), null, 2)}\n`);
    } else {
      this.fail(`test/aws-calls.json is not written: ${incomplete}`);
    }
  }

  private compare(recorded: readonly RecordedCall[]): void {
    const unused = callsBeyond(knownCalls(), callsOfApps(recorded));
    if (unused.length === 0) return;
    this.fail(
      `test/aws-calls.json has AWS calls that no end-to-end test makes (if they were removed: npm run aws-calls):\n${unused.join('\n')}`,
    );
  }

  private fail(message: string): void {
    this.error = new Error(message);
    process.stderr.write(`${message}\n`);
  }
}

/** Why this run may not have seen all AWS calls of the apps; undefined when it was complete. */
function whyIncomplete({ testResults }: AggregatedResult): string | undefined {
  const suites = readdirSync(SUITES).filter((file) => file.endsWith('.e2e-spec.ts'));
  const complete = testResults
    .filter(({ numFailingTests, numPendingTests, testExecError, skipped }) => {
      return numFailingTests === 0 && numPendingTests === 0 && !testExecError && !skipped;
    })
    .map(({ testFilePath }) => basename(testFilePath));
  const missing = suites.filter((suite) => !complete.includes(suite));
  return missing.length === 0 ? undefined : `not run, or not passed as a whole: ${missing.join(', ')}`;
}
