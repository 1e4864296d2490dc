import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { callsBeyond, callsOfApps, knownCalls, readRecording } from './recorded-call.ts';

const RECORD = pathToFileURL(join(import.meta.dirname, 'record.ts')).href;

/** Records the AWS calls of the apps that are started with `env`. */
export class AwsCallRecording {
  readonly env: Readonly<Record<string, string>>;
  private readonly file: string;

  constructor() {
    // The reporter's folder, if it compares the calls of the whole run.
    const folder = process.env['AWS_CALLS_FOLDER'] ?? mkdtempSync(join(tmpdir(), 'fargate-orders-aws-calls-'));
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${randomUUID()}.ndjson`);
    this.env = { AWS_CALLS_FILE: this.file, NODE_OPTIONS: `--import=${RECORD}` };
  }

  /** @throws Error for calls that are not in `test/aws-calls.json`, and which roles may not allow */
  check(): void {
    const recorded = readRecording(this.file);
    const errors = recorded.flatMap(({ app, error }) => (error === undefined ? [] : [`${app}: ${error}`]));
    if (errors.length > 0) throw new Error(`AWS calls with unknown permissions:\n${[...new Set(errors)].join('\n')}`);
    if (process.env['AWS_CALLS'] === 'write') return;
    const unknown = callsBeyond(callsOfApps(recorded), knownCalls());
    if (unknown.length === 0) return;
    throw new Error(
      `AWS calls that are not in test/aws-calls.json, so roles may not allow them (if they are intended: npm run aws-calls):\n${unknown.join('\n')}`,
    );
  }
}
