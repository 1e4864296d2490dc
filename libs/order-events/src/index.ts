export { type Apply, applyIfNewer, type ConsumerStore, type Outcome } from './apply-if-newer.ts';
export { InMemoryStore } from './in-memory-store.ts';
export type { Order, OrderEvent } from './order-event.ts';
export { OrderEventError, type OrderEventErrorCode, readOrderEvent } from './read-order-event.ts';
export type { OrderEventName, ReceivedEvent, ReceivedOrderEvent } from './received-order-event.ts';
export { STATUSES_AFTER } from './statuses-after.ts';
