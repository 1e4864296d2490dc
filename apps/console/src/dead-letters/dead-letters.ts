import { setTimeout as sleep } from 'node:timers/promises';
import { deadLetterQueues } from '../../../../operations/dead-letters/arguments.ts';
import type { DeadLetterQueue, DeadLetterSummary } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { readQueue } from '../../../../operations/dead-letters/queue-reading.ts';
import { UsageError } from '../../../../operations/environment.ts';
import { Operations } from '../operations.ts';

/** A reading receives each message, so an older one is shown while a new one is made. */
const MAX_AGE_MS = 10_000;
/** Pages wait this long for the first reading; that of an order has more to show. */
const PATIENCE_MS = 3_000;
const ORDER_PATIENCE_MS = 500;

/** A message without its detail takes 0.5 KB, so those of six queues, 10,000 each, take 30 MB. */
export type ListedMessage = DeadLetterSummary & { detail?: undefined };

/** A queue as it was read last, the oldest message first. */
export interface KnownQueue {
  name: string;
  messages: readonly ListedMessage[];
  unseen: number;
  /** The number of orders of which the relay publishes no events. */
  quarantinedOrders: number;
  readAtMs: number;
}

interface Group {
  queue: string;
  code: string;
  what: string;
  count: number;
  oldest: string;
}

/** The dead letters of all queues, read in the background: no page waits until a long queue was read. */
export class DeadLetters {
  private readonly known = new Map<string, KnownQueue>();
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly stopping = new AbortController();

  constructor(private readonly operations: Operations) {}

  /** The queues as they were read last; undefined while a first reading takes long. */
  async overview(patienceMs = PATIENCE_MS): Promise<KnownQueue[] | undefined> {
    const { environment } = this.operations;
    // A stage may have fewer subscribers.
    const queues = deadLetterQueues.filter(({ source }) => environment.hasQueue(source));
    for (const queue of queues) {
      const { readAtMs = 0 } = this.known.get(queue.name) ?? {};
      const isDue = Date.now() > readAtMs + MAX_AGE_MS;
      // A page that shows the last reading does not wait for this one, and the next page tries again.
      if (isDue && !this.turns.has(queue.name)) this.read(queue).catch(() => undefined);
    }
    const first = queues.flatMap(({ name }) => (this.known.has(name) ? [] : (this.turns.get(name) ?? [])));
    if (first.length > 0) await Promise.race([Promise.all(first), sleep(patienceMs, undefined, { ref: false })]);
    const known = queues.map(({ name }) => this.known.get(name));
    return known.includes(undefined) ? undefined : (known as KnownQueue[]);
  }

  /** Undefined while a first reading takes long, or fails: an order's page has more to show. */
  async ofOrder(orderKey: string): Promise<{ queue: string; message: ListedMessage }[] | undefined> {
    const queues = await this.overview(ORDER_PATIENCE_MS).catch(() => undefined);
    return queues?.flatMap(({ name, messages }) =>
      messages.filter((message) => message.orderKey === orderKey).map((message) => ({ queue: name, message })),
    );
  }

  /** Reads a queue now. */
  read(queue: DeadLetterQueue): Promise<KnownQueue> {
    const { name } = queue;
    return this.inTurn(name, async (signal) => {
      const { environment } = this.operations;
      const readAtMs = Date.now();
      const { messages: received, unseen } = await readQueue(environment, queue, signal);
      const messages = received.map((message): ListedMessage => ({ ...message, detail: undefined })).sort(byPosition);
      const quarantined = await (await queue.openQuarantine?.(environment))?.orders();
      const quarantinedOrders = quarantined?.length ?? 0;
      const known = { name, messages, unseen, quarantinedOrders, readAtMs };
      this.known.set(name, known);
      return known;
    });
  }

  /**
   * Works on a queue while nothing else here does: messages that one has received are hidden from the others. The signal aborts
   * when the console stops.
   */
  inTurn<Result>(name: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const start = () => work(this.stopping.signal);
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(start, start);
    this.turns.set(name, turn);
    const end = () => {
      if (this.turns.get(name) === turn) this.turns.delete(name);
    };
    turn.then(end, end);
    return turn;
  }

  /** The next page waits for a new reading of the queue. */
  forget(name: string): void {
    this.known.delete(name);
  }

  /** Resolves when all messages were given back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.turns.values());
  }
}

/** The position of a message in a list, which stays while others come and go. */
export function positionOf({ sentAt, messageId }: ListedMessage): string {
  return `${sentAt} ${messageId}`;
}

function byPosition(a: ListedMessage, b: ListedMessage): number {
  return positionOf(a) < positionOf(b) ? -1 : 1;
}

/** Messages with the same reason and kind, the largest group first. */
export function groupsOf(queues: readonly KnownQueue[]): Group[] {
  const all = queues.flatMap(({ name: queue, messages }) => {
    const groups = Map.groupBy(messages, ({ code, what }) => JSON.stringify([code, what]));
    return [...groups.values()].map((group) => {
      const { code, what, sentAt: oldest } = group[0]!;
      return { queue, code, what, count: group.length, oldest };
    });
  });
  return all.sort((a, b) => b.count - a.count);
}

/** @throws UsageError */
export function queueNamed(name: string): DeadLetterQueue {
  const queue = deadLetterQueues.find((one) => one.name === name);
  if (!queue) throw new UsageError(`there is no dead-letter queue ${name}`);
  return queue;
}
