import type { DeadLetterCode } from '#libs/dynamodb-streams';
import { eventConsumers, ordersDeadLetterQueue, ordersQueue, relayDeadLetterQueue } from '#libs/resources';
import { UsageError } from '../usage-error.ts';

/** What lies in a queue: commands for the worker, records of the orders table's stream, or events for a service. */
export type LetterKind = 'command' | 'record' | 'event';

/** A dead-letter queue of the pipeline. */
export interface DeadLetterQueue {
  readonly name: string;
  readonly kind: LetterKind;
  readonly fifo: boolean;
  /** The queue that its messages came from; records come from no queue. */
  readonly source?: string;
  /** Why a message may lie in it. */
  readonly reasons: readonly string[];
}

/** SQS itself moved it, and does not say why its receivers did not delete it. */
export const RECEIVED_TOO_OFTEN = 'RECEIVED_TOO_OFTEN';
/** Not sent by the relay: without a code, or without a record. */
export const UNREADABLE = 'UNREADABLE';

const RELAY_CODES: readonly DeadLetterCode[] = ['NO_MESSAGE', 'SINK_REFUSED', 'BEHIND_QUARANTINED'];

/** In the order of an order's way. */
export const deadLetterQueues: readonly DeadLetterQueue[] = [
  {
    name: ordersDeadLetterQueue.name,
    kind: 'command',
    fifo: false,
    source: ordersQueue.name,
    reasons: ['MALFORMED_COMMAND', 'IDEMPOTENCY_CONFLICT', 'ITEM_REFUSED', 'POISON', RECEIVED_TOO_OFTEN],
  },
  { name: relayDeadLetterQueue.name, kind: 'record', fifo: true, reasons: [...RELAY_CODES, UNREADABLE] },
  ...eventConsumers.map(({ name, queue }) => {
    if (!queue.redrive) throw new Error(`expected ${name} to have a dead-letter queue`);
    return {
      name: queue.redrive.queue.name,
      kind: 'event' as const,
      fifo: true,
      source: queue.name,
      reasons: [RECEIVED_TOO_OFTEN],
    };
  }),
];

/**
 * By its name, or what of it tells it apart: `inventory` is `inventory-dlq.fifo`.
 *
 * @throws UsageError for any other
 */
export function deadLetterQueue(typed: string | undefined): DeadLetterQueue {
  const queue = deadLetterQueues.find(({ name }) => typed === name || typed === shortName(name));
  if (queue) return queue;
  const problem = typed === undefined ? 'which queue?' : `there is no dead-letter queue ${typed}.`;
  throw new UsageError(`${problem} Type one of ${deadLetterQueues.map(({ name }) => name).join(', ')}`);
}

function shortName(name: string): string {
  return name.replace(/-dlq(\.fifo)?$/, '');
}
