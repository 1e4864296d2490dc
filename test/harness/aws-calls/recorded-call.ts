import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppName, appNames } from '../../../local/apps.ts';
import type { AwsCall } from './aws-call.ts';

/** A line of a recording: a call that an app made, or why it can not be told what it asks for. */
export interface RecordedCall {
  readonly app: string;
  readonly call?: AwsCall;
  readonly fault?: string;
}

/** The calls of each app, sorted. */
export type AwsCalls = Readonly<Record<AppName, readonly AwsCall[]>>;

/** Committed: what the end-to-end tests have seen each app call, and what its role therefore allows. */
export const KNOWN_CALLS_FILE = join(import.meta.dirname, '../../aws-calls.json');

export function knownCalls(): AwsCalls {
  return JSON.parse(readFileSync(KNOWN_CALLS_FILE, 'utf8')) as AwsCalls;
}

export function readRecording(file: string): RecordedCall[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/** What was recorded, without what was not to be told. */
export function callsOfApps(recorded: readonly RecordedCall[]): AwsCalls {
  const callsOf = (name: AppName): AwsCall[] => {
    const calls = recorded.flatMap(({ app, call }) => (app === name && call !== undefined ? [call] : []));
    return [...new Set(calls)].sort();
  };
  return Object.fromEntries(appNames.map((name) => [name, callsOf(name)])) as unknown as AwsCalls;
}

/** What one has and the other has not, one line each. */
export function callsBeyond(calls: AwsCalls, others: AwsCalls): string[] {
  return appNames.flatMap((app) =>
    calls[app].filter((call) => !others[app].includes(call)).map((call) => `${app}: ${call}`),
  );
}
