import type { Answers } from '../clients/answers.ts';
import type { Customers } from '../clients/customers.ts';
import type { EventService } from '../clients/event-service.ts';
import type { Receipts } from '../ledger/evidence.ts';

/** A second of a run; the first three counts are of that second alone. */
export interface Second {
  readonly accepted: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Orders that customers wait for. */
  readonly outstanding: number;
  /** Messages in the orders queue. */
  readonly backlog: number;
  /** Accepted orders of which accounting has no event yet. */
  readonly untold: number;
}

export interface Watched {
  readonly answers: Answers;
  readonly customers: Customers;
  readonly receipts: Receipts;
  readonly accounting: EventService;
  readonly backlog: () => Promise<number>;
}

const EVERY_MS = 1_000;

/** Watches a run each second. */
export class Timeline {
  readonly seconds: Second[] = [];
  private readonly watched: Watched;
  private readonly onSecond: (second: Second, elapsedSeconds: number) => void;
  private readonly beganMs = performance.now();
  private readonly timer: NodeJS.Timeout;
  private before = { accepted: 0, refused: 0, unanswered: 0 };

  constructor(watched: Watched, onSecond: (second: Second, elapsedSeconds: number) => void) {
    this.watched = watched;
    this.onSecond = onSecond;
    this.timer = setInterval(() => void this.note(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async note(): Promise<void> {
    const { answers, customers, receipts, accounting } = this.watched;
    // When the call fails, the run goes on.
    const backlog = await this.watched.backlog().catch(() => 0);
    const now = {
      accepted: receipts.orders.size,
      refused: answers.count(503),
      unanswered: answers.count('none'),
    };
    const second: Second = {
      accepted: now.accepted - this.before.accepted,
      refused: now.refused - this.before.refused,
      unanswered: now.unanswered - this.before.unanswered,
      outstanding: customers.outstanding,
      backlog,
      untold: Math.max(0, receipts.orders.size - accounting.orders.size),
    };
    this.before = now;
    // On a busy machine a second may be noted late; each has its place all the same.
    const elapsed = Math.round((performance.now() - this.beganMs) / EVERY_MS);
    while (this.seconds.length < elapsed - 1) this.seconds.push({ ...second, accepted: 0, refused: 0, unanswered: 0 });
    this.seconds.push(second);
    this.onSecond(second, this.seconds.length);
  }
}
