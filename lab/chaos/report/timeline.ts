import type { Answers } from '../clients/answers.ts';
import type { Customers } from '../clients/customers.ts';
import type { EventService } from '../clients/event-service.ts';
import type { Receipts } from '../ledger/evidence.ts';

/** The state of a run in one second. The first three counts are of this second only. */
export interface Second {
  readonly accepted: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Orders that are not accepted yet. */
  readonly outstanding: number;
  /** The number of messages in the orders queue. */
  readonly backlog: number;
  /** Accepted orders without an event at accounting. */
  readonly unpublished: number;
}

interface Watched {
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
  private readonly startedMs = performance.now();
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
    // A failed call must not end the run.
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
      unpublished: Math.max(0, receipts.orders.size - accounting.orders.size),
    };
    this.before = now;
    // On a busy machine a second may be noted late. The skipped seconds are filled in.
    const elapsed = Math.round((performance.now() - this.startedMs) / EVERY_MS);
    while (this.seconds.length < elapsed - 1) this.seconds.push({ ...second, accepted: 0, refused: 0, unanswered: 0 });
    this.seconds.push(second);
    this.onSecond(second, this.seconds.length);
  }
}
