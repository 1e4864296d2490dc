import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { OrderChange, StoredOrder } from '#libs/orders';

/** The images of a stream record: the item after the change and before it. */
export interface OrderImages {
  newImage?: Record<string, AttributeValue>;
  oldImage?: Record<string, AttributeValue>;
}

/** Undefined for a record without a change of the order: a removal, or an update that did not raise the version. */
export function orderChangeOf({ newImage, oldImage }: OrderImages): OrderChange | undefined {
  if (!newImage) return undefined;
  const order = unmarshall(newImage) as StoredOrder;
  const previous = oldImage && (unmarshall(oldImage) as StoredOrder);
  return order.version === previous?.version ? undefined : { order, previous };
}
