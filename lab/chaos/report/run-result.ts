import type { BrokenPromise } from '../clients/answers.ts';
import type { LedgerFault } from '../ledger/ledger.ts';
import type { Happened } from '../scenarios/schedule-player.ts';
import type { Second } from './timeline.ts';

/** What a run came to, as it is written to `results/<scenario>.json`. */
export interface RunResult {
  readonly scenario: string;
  readonly description: string;
  readonly command: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly machine: string;
  readonly minutes: number;
  readonly rate: number;
  /** As the last line. */
  readonly verdict: string;
  readonly good: boolean;
  readonly accepted: number;
  readonly acceptedChanges: number;
  readonly events: number;
  readonly repeatedDeliveries: number;
  readonly faults: readonly LedgerFault[];
  /** Answers to clients by status; `none` where there was none. */
  readonly answers: Readonly<Record<string, number>>;
  readonly worstAnswerMs: number;
  readonly lateAnswers: number;
  /** Of the answers in time of an outage. */
  readonly promised: { readonly answers: number; readonly worstMs: number; readonly broken: readonly BrokenPromise[] };
  readonly unexpectedAnswers: readonly string[];
  readonly poison: { readonly sent: number; readonly parked: number };
  /** How often each `service action kind` hit a call. */
  readonly hits: Readonly<Record<string, number>>;
  readonly happened: readonly Happened[];
  /** From the end of the load and the faults until nothing moved any more. */
  readonly recoverySeconds: number;
  readonly seconds: readonly Second[];
}

/** Nothing lost, doubled or out of order, and every promise of an answer kept. */
export function isGood(result: Pick<RunResult, 'faults' | 'promised' | 'unexpectedAnswers'>): boolean {
  return result.faults.length + result.promised.broken.length + result.unexpectedAnswers.length === 0;
}
