import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RELAY_CONSUMER_GROUP } from '#libs/order-store';
import { consumerGroupOf } from '../../libs/dynamodb-streams/src/aws/lease-table.ts';
import type { Relays } from '../harness/relays.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

export function endedLeaseTests(running: () => Relays): void {
  let relays: Relays;

  beforeAll(() => {
    relays = running();
  });

  it('is deleted when the retention of all of its records is over', async () => {
    await putEndedLease('shardId-of-last-week', Date.now() - 7 * DAY_MS);
    const relay = await relays.start('relay-1');
    const deleted = await relay.logs.find('lease deleted', ({ event }) => event === 'lease_deleted');
    expect(deleted['shardId']).toBe('shardId-of-last-week');
  });

  /** Writes the lease of a shard that a relay has read to its end. */
  async function putEndedLease(shardId: string, createdAtMs: number): Promise<void> {
    const { leasesTableName: tableName, ordersStreamArn: streamArn } = relays.aws.resources;
    const group = consumerGroupOf({ group: RELAY_CONSUMER_GROUP, streamArn });
    const Item = {
      consumerGroup: { S: group },
      shardId: { S: shardId },
      state: { S: 'ENDED' },
      epoch: { N: '1' },
      heartbeat: { N: '1' },
      createdAtMs: { N: String(createdAtMs) },
      childShardIds: { L: [{ S: 'shardId-after-it' }] },
    };
    await relays.dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
  }
}
