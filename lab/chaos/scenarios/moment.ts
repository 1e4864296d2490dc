import type { AppName } from '../../../local/apps.ts';
import { type CallFault, callFaultText } from '../proxy/aws-call.ts';

interface At {
  /** Milliseconds since the load began. */
  readonly atMs: number;
}

interface Lasting extends At {
  readonly forMs: number;
}

interface OnInstance {
  readonly app: AppName;
  /** Counts the instances of the app, from 1. */
  readonly instance: number;
}

/** Something that happens in a run. */
export type Moment =
  | (Lasting & { readonly act: 'calls'; readonly faults: readonly CallFault[] })
  | (At & OnInstance & { readonly act: 'kill' })
  | (Lasting & OnInstance & { readonly act: 'pause' })
  /** Of the relay that reads the stream, for longer than its lease. */
  | (Lasting & { readonly act: 'pause-owner' })
  | (Lasting & OnInstance & { readonly act: 'shift-clock' })
  /** Each process in turn: SIGTERM, and the next once it works again. */
  | (At & { readonly act: 'deploy' })
  /** Clients wait only so long for an answer. */
  | (Lasting & { readonly act: 'impatience'; readonly patienceMs: number })
  | (At & { readonly act: 'poison'; readonly variant: number })
  /** No fault: what every answer of the api must be meanwhile. */
  | (Lasting & { readonly act: 'promise'; readonly statuses: readonly number[] });

/** What it is, without the time. */
export function momentText(moment: Moment): string {
  if (moment.act === 'calls') return moment.faults.map(callFaultText).join(' and ');
  if (moment.act === 'kill') return `kill -9 ${moment.app} ${moment.instance}`;
  if (moment.act === 'pause') return `SIGSTOP ${moment.app} ${moment.instance}`;
  if (moment.act === 'shift-clock') return `shift the clock of ${moment.app} ${moment.instance}`;
  if (moment.act === 'impatience') return `clients wait ${moment.patienceMs} ms`;
  if (moment.act === 'promise') return `every answer is ${moment.statuses.join(' or ')} within 2 s`;
  return plainTexts[moment.act];
}

const plainTexts = {
  'pause-owner': 'SIGSTOP the relay that reads',
  deploy: 'rolling deploy',
  poison: 'a malformed message',
};

/** As `  12.3 s  kill -9 worker 2`, or with how long it lasts. */
export function momentLine(moment: Moment): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const lasts = 'forMs' in moment ? ` for ${seconds(moment.forMs)}` : '';
  return `${seconds(moment.atMs).padStart(9)}  ${momentText(moment)}${lasts}`;
}

export function endOf(moment: Moment): number {
  return moment.atMs + ('forMs' in moment ? moment.forMs : 0);
}
