import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isUnpublished, type OrderVersion, type StoredOrder } from '#libs/orders';

/** The group of stream consumers that publish order events. Its leases and quarantined items are stored under this name. */
export const RELAY_CONSUMER_GROUP = 'stream-relay';

type Attributes = Record<string, AttributeValue>;

/** The images of a stream record: the item after the change and before it. */
export interface OrderImages {
  newImage?: Attributes;
  oldImage?: Attributes;
}

/** Undefined for a record without a change to publish: a removal, an update that did not raise the version, an import. */
export function orderChangeOf({ newImage, oldImage }: OrderImages): OrderVersion | undefined {
  if (!newImage) return undefined;
  const order = unmarshall(newImage) as StoredOrder;
  const previous = oldImage && (unmarshall(oldImage) as StoredOrder);
  const change = { order, previous };
  return order.version === previous?.version || isUnpublished(change) ? undefined : change;
}

/** The `orderKey` among the key attributes of a stream record; empty where the item has none. */
export function orderKeyOf(keys: Attributes): string {
  return keys['orderKey']?.S ?? '';
}
