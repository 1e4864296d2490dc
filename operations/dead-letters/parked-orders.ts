import { DynamoDbGroupLedger, keysOfItem, type ParkedItem } from '#libs/dynamodb-streams';
import { orderKeyOf, RELAY_CONSUMER_GROUP } from '#libs/order-store';
import { streamLeasesTable } from '#libs/resources';
import type { Target } from '../target.ts';
import type { DeadLetter } from './dead-letter.ts';

/** An order that is told no more until it is redriven. */
export interface ParkedOrder {
  orderKey: string;
  lastParked: string;
}

/** Which orders are parked, in the relay's own ledger. */
export class ParkedOrders {
  private readonly ledger: DynamoDbGroupLedger;
  private readonly target: Target;

  private constructor(target: Target, streamArn: string) {
    this.target = target;
    const tableName = target.nameOf(streamLeasesTable.name);
    this.ledger = new DynamoDbGroupLedger({
      client: target.dynamodb,
      tableName,
      group: RELAY_CONSUMER_GROUP,
      streamArn,
    });
  }

  static async of(target: Target): Promise<ParkedOrders> {
    return new ParkedOrders(target, await target.streamArn());
  }

  async all(): Promise<ParkedOrder[]> {
    const items = await this.target.reached(
      this.target.dynamodb,
      this.ledger.parkedItems(),
      'the ledger of parked orders',
    );
    return items.map(({ itemKey, lastParked }) => ({ orderKey: orderKeyOf(keysOfItem(itemKey)), lastParked }));
  }

  async find(orderKey: string): Promise<ParkedItem | undefined> {
    return (await this.ledger.parkedItems()).find(({ itemKey }) => orderKeyOf(keysOfItem(itemKey)) === orderKey);
  }

  /**
   * The order flows again, if this letter is the last that was parked of it; `false`: it is not, or the order is not
   * parked. The letter may leave its queue only after this: while it is there the parking is not forgotten.
   */
  async unparkBehind({ record }: DeadLetter): Promise<boolean> {
    if (!record) return false;
    const { itemKey, sequenceNumber: lastParked } = record.record;
    return this.ledger.unpark({ itemKey, lastParked });
  }

  unpark(item: ParkedItem): Promise<boolean> {
    return this.ledger.unpark(item);
  }
}
