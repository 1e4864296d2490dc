import { setTimeout as sleep } from 'node:timers/promises';
import { deadLetterQueues } from '../../../../operations/dead-letters/arguments.ts';
import type { DeadLetterMessage, DeadLetterQueue } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { readQueue } from '../../../../operations/dead-letters/queue-reading.ts';
import { openQuarantine } from '../../../../operations/dead-letters/relay-queue.ts';
import { UsageError } from '../../../../operations/environment.ts';
import type { FoundLetter } from '../orders/order-page.tsx';
import { Operations } from '../operations.ts';

/** A reading receives each message, so an older one is shown while a new one is made. */
const MAX_AGE_MS = 10_000;
/** Pages wait this long for the first reading; that of an order has more to show. */
const PATIENCE_MS = 3_000;
const ORDER_PATIENCE_MS = 500;

/** All dead letters as they were read last. */
export interface Reading {
  readAt: string;
  queues: readonly { name: string; messages: readonly DeadLetterMessage[]; unseen: number }[];
  quarantinedOrders: readonly { orderKey: string; lastQuarantined: string }[];
}

export interface Group {
  queue: string;
  code: string;
  what: string;
  count: number;
  oldest: string;
}

/** The dead letters of all queues, read in the background: no page waits until a long queue was read. */
export class DeadLetters {
  private last: Reading | undefined;
  private reading: Promise<Reading> | undefined;
  private staleAtMs = 0;

  constructor(private readonly operations: Operations) {}

  /** The last reading; undefined while the first one takes long. @throws EnvironmentError */
  async overview(patienceMs = PATIENCE_MS): Promise<Reading | undefined> {
    const isStale = performance.now() > this.staleAtMs;
    const next = isStale ? this.read() : undefined;
    if (this.last) return this.last;
    const none = sleep(patienceMs, undefined, { ref: false });
    return Promise.race([next ?? this.reading ?? this.read(), none]);
  }

  /** A reading that starts now, for a dry run. */
  async fresh(queueName: string): Promise<readonly DeadLetterMessage[]> {
    await this.reading?.catch(() => undefined);
    const { queues } = await this.read();
    return queues.find(({ name }) => name === queueName)?.messages ?? [];
  }

  /** Undefined while the first reading takes long. */
  async ofOrder(orderKey: string): Promise<FoundLetter[] | undefined> {
    const reading = await this.overview(ORDER_PATIENCE_MS);
    return reading?.queues.flatMap(({ name, messages }) =>
      messages.filter((message) => message.orderKey === orderKey).map((message) => ({ ...message, queue: name })),
    );
  }

  /** The next page reads again. */
  expire(): void {
    this.staleAtMs = 0;
  }

  private read(): Promise<Reading> {
    this.reading ??= this.readAll().finally(() => (this.reading = undefined));
    // A page that shows the last reading does not wait for this one, and the next page tries again.
    this.reading.catch(() => undefined);
    return this.reading;
  }

  private async readAll(): Promise<Reading> {
    const { environment } = this.operations;
    const signal = new AbortController().signal;
    const quarantine = await openQuarantine(environment);
    // A stage may have fewer subscribers.
    const existing = deadLetterQueues.filter(({ source }) => environment.hasQueue(source));
    const readings = await Promise.all(existing.map((queue) => readQueue(environment, queue, signal)));
    this.last = {
      readAt: new Date().toISOString(),
      queues: readings.map(({ queue, messages, unseen }) => ({ name: queue.name, messages, unseen })),
      quarantinedOrders: await quarantine.orders(),
    };
    this.staleAtMs = performance.now() + MAX_AGE_MS;
    return this.last;
  }
}

/** Messages with the same reason and kind, the largest group first. */
export function groupsOf({ queues }: Reading): Group[] {
  const all = queues.flatMap(({ name: queue, messages }) => {
    const groups = Map.groupBy(messages, ({ code, what }) => JSON.stringify([code, what]));
    return [...groups.values()].map((group) => {
      const { code, what } = group[0]!;
      const oldest = group.map(({ sentAt }) => sentAt).sort()[0]!;
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
