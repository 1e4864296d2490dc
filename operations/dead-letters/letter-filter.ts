import { OrderIds } from '#libs/orders';
import type { DeadLetter } from './dead-letter.ts';

/** Which messages; all that is given must hold, and with nothing given all are. */
export interface LetterFilter {
  readonly reason?: string;
  /** An order id, or its first 16 characters, the order's key. */
  readonly order?: string;
  /** Message ids, or their beginnings. */
  readonly messages?: readonly string[];
}

export function matches(letter: DeadLetter, { reason, order, messages }: LetterFilter): boolean {
  return (
    (reason === undefined || letter.code === reason) &&
    (order === undefined || letter.orderKey === OrderIds.keyOf(order)) &&
    (messages === undefined || messages.some((start) => letter.messageId.startsWith(start)))
  );
}

/** As it is told and logged. */
export function filterText({ reason, order, messages }: LetterFilter): string {
  const parts = [
    reason !== undefined && `reason ${reason}`,
    order !== undefined && `order ${order}`,
    messages !== undefined && `message ${messages.join(', ')}`,
  ].filter((part) => part !== false);
  return parts.join(', ') || 'all';
}
