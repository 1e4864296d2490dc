import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DynamoDbGroupLedger } from '#libs/dynamodb-streams';
import { RELAY_CONSUMER_GROUP } from '#libs/order-store';
import type { StoredOrder } from '#libs/orders';
import type { Relay, Relays } from '../harness/relays.ts';
import { anOrder, inVersion, withoutHistory } from '../harness/unchecked-orders.ts';

export function poisonRecordTests(running: () => Relays): void {
  let relays: Relays;
  let relay: Relay;

  beforeAll(async () => {
    relays = running();
    relay = relays.running[0] ?? (await relays.start('relay-1'));
  });

  it('is quarantined with the later records of its order, also after a restart, until its release; other orders continue', async () => {
    const [poisoned, other] = [anOrder(), anOrder()];
    const from = relay.logs.lines.length;
    await put(withoutHistory(poisoned));
    await put(other);
    await relay.logs.find('record quarantined', ({ event }) => event === 'record_quarantined', { from });
    await put(inVersion(poisoned, 2));
    await put(inVersion(other, 2));
    expect(await publishedOf(other, 2)).toEqual([1, 2]);
    const deadLetters = await relays.deadLetters(2);
    expect(deadLetters.map(({ record }) => record.newImage?.['version']?.N)).toEqual(['1', '2']);
    expect(deadLetters.map(({ code, detail }) => [code, detail])).toEqual([
      ['NO_MESSAGE', expect.stringMatching(/^record \d+: no message can be made: Cannot read/)],
      ['BEHIND_QUARANTINED', 'an earlier record of its item is quarantined'],
    ]);
    expect(await relays.health(relay)).toMatchObject({
      status: 'up',
      detail: '1 order is quarantined and waits to be redriven',
      quarantinedOrders: 1,
    });

    await relays.end(relay, 'SIGTERM');
    relay = await relays.start('relay-2');
    await put(inVersion(poisoned, 3));
    await put(inVersion(other, 3));
    expect(await publishedOf(other, 3)).toEqual([1, 2, 3]);
    const [last] = await relays.deadLetters(1);
    const { itemKey, sequenceNumber: lastQuarantined = '' } = last?.record ?? {};
    expect(last?.record.newImage?.['version']?.N).toBe('3');

    expect(await ledger().release({ itemKey: itemKey ?? '', lastQuarantined })).toBe(true);
    while ((await relays.health(relay)).quarantinedOrders > 0) await sleep(100);
    await put(inVersion(poisoned, 4));
    expect(await publishedOf(poisoned, 1)).toEqual([4]);
  });

  function ledger(): DynamoDbGroupLedger {
    const { leasesTableName: tableName, ordersStreamArn: streamArn } = relays.aws.resources;
    return new DynamoDbGroupLedger({ client: relays.dynamodb, tableName, group: RELAY_CONSUMER_GROUP, streamArn });
  }

  async function put(order: Partial<StoredOrder>): Promise<void> {
    const Item = marshall(order, { removeUndefinedValues: true });
    await relays.dynamodb.send(new PutItemCommand({ TableName: relays.aws.resources.ordersTableName, Item }));
  }

  /** Waits for this many events of an order in inventory's queue. Returns their versions. */
  async function publishedOf({ orderId }: StoredOrder, count: number): Promise<number[]> {
    return (await relays.inventory.waitForEvents(orderId, count)).map(({ data }) => data.order.version);
  }
}
