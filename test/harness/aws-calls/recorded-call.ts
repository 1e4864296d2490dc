import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppName, appNames } from '../../../local/apps.ts';
import type { AwsCall } from './aws-call.ts';

/** A line of a recording: a call that an app made, or why its permission is unknown. */
export interface RecordedCall {
  readonly app: string;
  readonly call?: AwsCall;
  readonly error?: string;
}

/** The calls of each app, sorted. */
export type AwsCalls = Readonly<Record<AppName, readonly AwsCall[]>>;

/** The committed list of the calls that each app makes in the end-to-end tests. The roles allow exactly these. */
export const KNOWN_CALLS_FILE = join(import.meta.dirname, '../../aws-calls.json');

export function knownCalls(): AwsCalls {
  return JSON.parse(readFileSync(KNOWN_CALLS_FILE, 'utf8')) as AwsCalls;
}

export function readRecording(file: string): RecordedCall[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/** The recorded calls of each app, without errors. */
export function callsOfApps(recorded: readonly RecordedCall[]): AwsCalls {
  const callsOf = (name: AppName): AwsCall[] => {
    const calls = recorded.flatMap(({ app, call }) => (app === name && call !== undefined ? [call] : []));
    return [...new Set(calls)].sort();
  };
  return Object.fromEntries(appNames.map((name) => [name, callsOf(name)])) as unknown as AwsCalls;
}

/** The calls that are only in the first list, one line each. */
export function callsBeyond(calls: AwsCalls, others: AwsCalls): string[] {
  return appNames.flatMap((app) =>
    calls[app].filter((call) => !others[app].includes(call)).map((call) => `${app}: ${call}`),
  );
}
