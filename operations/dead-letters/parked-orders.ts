import { DynamoDbGroupLedger, type QuarantinedItem } from '#libs/dynamodb-streams';
import { streamLeasesTable } from '#libs/resources';
import type { Target } from '../target.ts';
import type { DeadLetter } from './dead-letter.ts';

/** The group of the stream-relay's consumers, as `apps/stream-relay/src/order-stream.ts` has it. */
const GROUP = 'stream-relay';

/** An order that is told no more until it is redriven. */
export interface ParkedOrder {
  orderKey: string;
  lastQuarantined: string;
}

/** Which orders are parked, in the relay's own ledger. */
export class ParkedOrders {
  private readonly ledger: DynamoDbGroupLedger;
  private readonly target: Target;

  private constructor(target: Target, streamArn: string) {
    this.target = target;
    const tableName = target.nameOf(streamLeasesTable.name);
    this.ledger = new DynamoDbGroupLedger({ client: target.dynamodb, tableName, group: GROUP, streamArn });
  }

  static async of(target: Target): Promise<ParkedOrders> {
    return new ParkedOrders(target, await target.streamArn());
  }

  async all(): Promise<ParkedOrder[]> {
    const items = await this.target.reached(
      this.target.dynamodb,
      this.ledger.quarantinedItems(),
      'the ledger of parked orders',
    );
    return items.map(({ itemKey, lastQuarantined }) => ({ orderKey: orderKeyOf(itemKey), lastQuarantined }));
  }

  async find(orderKey: string): Promise<QuarantinedItem | undefined> {
    return (await this.ledger.quarantinedItems()).find(({ itemKey }) => orderKeyOf(itemKey) === orderKey);
  }

  /**
   * The order flows again, if this letter is the last that was parked of it; `false`: it is not, or the order is not
   * parked. The letter may leave its queue only after this: while it is there the parking is not forgotten.
   */
  async unparkBehind({ record }: DeadLetter): Promise<boolean> {
    if (!record) return false;
    const { itemKey, sequenceNumber: lastQuarantined } = record.record;
    return this.ledger.release({ itemKey, lastQuarantined });
  }

  unpark(item: QuarantinedItem): Promise<boolean> {
    return this.ledger.release(item);
  }
}

/** The item's key is the text of its attributes, `[["orderKey",{"S":"…"}]]`. */
function orderKeyOf(itemKey: string): string {
  const attributes = new Map(JSON.parse(itemKey) as [string, { S?: string }][]);
  return attributes.get('orderKey')?.S ?? itemKey;
}
