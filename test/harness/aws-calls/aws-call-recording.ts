import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { callsBeyond, callsOfApps, knownCalls, readRecording } from './recorded-call.ts';

const RECORD = pathToFileURL(join(import.meta.dirname, 'record.ts')).href;

/** The AWS calls of the apps that are started with its `env`. */
export class AwsCallRecording {
  readonly env: Readonly<Record<string, string>>;
  private readonly file: string;

  constructor() {
    // Of the whole run, if its reporter is there to compare them.
    const folder = process.env['AWS_CALLS_FOLDER'] ?? mkdtempSync(join(tmpdir(), 'fargate-orders-aws-calls-'));
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${randomUUID()}.ndjson`);
    this.env = { AWS_CALLS_FILE: this.file, NODE_OPTIONS: `--import=${RECORD}` };
  }

  /** @throws Error for calls that are not in `test/aws-calls.json`, which a role may not allow. */
  check(): void {
    const recorded = readRecording(this.file);
    const faults = recorded.flatMap(({ app, fault }) => (fault === undefined ? [] : [`${app}: ${fault}`]));
    if (faults.length > 0) throw new Error(`AWS calls of unknown permissions:\n${[...new Set(faults)].join('\n')}`);
    if (process.env['AWS_CALLS'] === 'write') return;
    const news = callsBeyond(callsOfApps(recorded), knownCalls());
    if (news.length === 0) return;
    throw new Error(
      `AWS calls that test/aws-calls.json does not have, so that no role is known to allow them (if meant: npm run aws-calls):\n${news.join('\n')}`,
    );
  }
}
