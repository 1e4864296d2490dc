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
 * Holds `test/aws-calls.json` against a whole run of the end-to-end tests: a call that none of them makes is one that its
 * role need not allow. With AWS_CALLS=write it writes the file anew instead.
 */
export default class AwsCallsReporter implements Reporter {
  private folder = '';
  private fault: Error | undefined;

  onRunStart(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'fargate-orders-aws-calls-'));
    // For the tests' own processes, which start after this.
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
    return this.fault;
  }

  private write(recorded: readonly RecordedCall[], incomplete: string | undefined): void {
    if (incomplete === undefined) {
      writeFileSync(KNOWN_CALLS_FILE, `${JSON.stringify(callsOfApps(recorded), null, 2)}\n`);
    } else {
      this.fail(`test/aws-calls.json is left as it is: ${incomplete}`);
    }
  }

  private compare(recorded: readonly RecordedCall[]): void {
    const unseen = callsBeyond(knownCalls(), callsOfApps(recorded));
    if (unseen.length === 0) return;
    this.fail(
      `test/aws-calls.json has AWS calls that no end-to-end test has seen (if they are gone: npm run aws-calls):\n${unseen.join('\n')}`,
    );
  }

  private fail(message: string): void {
    this.fault = new Error(message);
    process.stderr.write(`${message}\n`);
  }
}

/** Why the end-to-end tests of this run do not tell all that the apps call; undefined if they do. */
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
