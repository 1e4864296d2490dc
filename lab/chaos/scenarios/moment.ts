import type { AppName } from '../../../local/apps.ts';
import { type CallFault, callFaultText } from '../proxy/aws-call.ts';

interface At {
  /** Milliseconds since the start of the load. */
  readonly atMs: number;
}

interface Lasting extends At {
  readonly forMs: number;
}

interface OnInstance {
  readonly app: AppName;
  /** The number of the app's process, from 1. */
  readonly instance: number;
}

/** An event of a schedule. */
export type Moment =
  | (Lasting & { readonly act: 'calls'; readonly faults: readonly CallFault[] })
  | (At & OnInstance & { readonly act: 'kill' })
  | (Lasting & OnInstance & { readonly act: 'pause' })
  /** Stops the relay that reads the stream for longer than its lease. */
  | (Lasting & { readonly act: 'pause-owner' })
  | (Lasting & OnInstance & { readonly act: 'shift-clock' })
  /** Restarts each process with SIGTERM, one after the other. */
  | (At & { readonly act: 'deploy' })
  /** Clients wait only this long for an answer. */
  | (Lasting & { readonly act: 'impatience'; readonly patienceMs: number })
  | (At & { readonly act: 'poison'; readonly variant: number })
  /** Not a fault: the statuses that the api may answer meanwhile. */
  | (Lasting & { readonly act: 'promise'; readonly statuses: readonly number[] });

/** The event as text, without its time. */
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

/** The event with its time, such as `  12.3 s  kill -9 worker 2`, and with its duration if it lasts. */
export function momentLine(moment: Moment): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const lasts = 'forMs' in moment ? ` for ${seconds(moment.forMs)}` : '';
  return `${seconds(moment.atMs).padStart(9)}  ${momentText(moment)}${lasts}`;
}
