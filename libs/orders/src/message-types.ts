/** The `type` of the message that asks the worker to place an order; also the pattern of its handler. */
export const PLACE_ORDER = 'order.place.v1';

/** The `type` of the message that asks the worker to change an order; also the pattern of its handler. */
export const CHANGE_ORDER = 'order.change.v1';

/** The `type` of the message that asks the worker to keep what became of rows of a batch; also its handler's pattern. */
export const RECORD_BATCH = 'order-batch.record.v1';
