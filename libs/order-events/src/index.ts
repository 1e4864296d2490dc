export { type Apply, applyIfNewer, type ConsumerStore, type Outcome } from './apply-if-newer.ts';
export { InMemoryStore } from './in-memory-store.ts';
export { OrderEventError, type OrderEventErrorCode, readOrderEvent } from './read-order-event.ts';
export type { ReceivedEvent, ReceivedOrderEvent } from './received-order-event.ts';
export { STATUSES_AFTER } from './statuses-after.ts';
