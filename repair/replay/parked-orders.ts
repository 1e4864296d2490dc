import { DynamoDbGroupLedger } from '#libs/dynamodb-streams';
import { streamLeasesTable } from '#libs/resources';
import type { Target } from '../target.ts';

/** As the stream-relay names it. */
const GROUP = 'stream-relay';

/** The table's keys of the orders that the relay has parked: they are told no more until they are redriven. */
export async function parkedOrderKeys(target: Target): Promise<Set<string>> {
  const ledger = new DynamoDbGroupLedger({
    client: target.dynamodb,
    tableName: target.nameOf(streamLeasesTable.name),
    group: GROUP,
    streamArn: await target.streamArn(),
  });
  const parked = await target.reached(ledger.parkedItems(), target.nameOf(streamLeasesTable.name));
  return new Set(parked.map(({ itemKey }) => orderKeyOf(itemKey)));
}

/** An item key is the list of its key attributes. */
function orderKeyOf(itemKey: string): string {
  const [[, value] = []] = JSON.parse(itemKey) as [string, { S?: string }][];
  return value?.S ?? '';
}
