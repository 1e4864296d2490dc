import { setTimeout as sleep } from 'node:timers/promises';
import { type ChangeRecord, makeOrRefuse, SnsFifoTopic } from '#libs/dynamodb-streams';
import { orderChangeOf } from '#libs/order-store';
import { type EventOrigin, eventMessageOf, traceparentOf } from '#libs/orders';
import type { Target } from '../target.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { LetterMover } from './letter-run.ts';
import type { LostImages } from './lost-images.ts';
import type { ParkedOrders } from './parked-orders.ts';

/** A failure that may pass is tried again so often, with pauses that double. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const permit = { granted: () => true };

/**
 * Tells the topic what the relay had parked, as the relay would: the same event under the same deduplication id, those of
 * an order one after the other.
 */
export class OrderEventsTopic implements LetterMover {
  private readonly topic: SnsFifoTopic;
  private readonly origin: EventOrigin;
  private readonly parked: ParkedOrders;
  private readonly images: LostImages;

  constructor(target: Target, topicArn: string, parked: ParkedOrders, images: LostImages) {
    this.parked = parked;
    this.images = images;
    this.origin = target.origin;
    this.topic = new SnsFifoTopic({ client: target.sns, topicArn, callTimeoutMs: 15_000 });
  }

  async move(letter: DeadLetter): Promise<void> {
    if (!letter.record) throw new Error('it can not be read: discard it into a file');
    await this.publish(await this.images.completed(letter.record));
    await this.parked.unparkBehind(letter);
  }

  /** The relay parks a record once; a second letter of it would be another message. */
  hasReturned(): boolean {
    return false;
  }

  private async publish(record: ChangeRecord): Promise<void> {
    const message = makeOrRefuse(record, () => {
      const change = orderChangeOf(record);
      return change && eventMessageOf(change, this.origin, traceparentOf(change) ?? '');
    });
    if (!message) return;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.topic.publish(message, permit);
      } catch (error) {
        const refused = (error as { retryable?: boolean }).retryable === false;
        if (refused || attempt === ATTEMPTS) throw error;
        await sleep(FIRST_PAUSE_MS * 2 ** attempt);
      }
    }
  }
}
