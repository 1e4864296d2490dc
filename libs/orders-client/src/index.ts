export type {
  AcceptedOrder,
  Address,
  CreditNote,
  Invoice,
  Operations,
  Order,
  OrderHistory,
  OrderRequest,
} from './api-types.ts';
export type { RetryLimits, TokenProvider } from './exchange.ts';
export type { FeedEvent, OrderChange, WatchOptions } from './order-feed.ts';
export {
  type CallOptions,
  type CommandName,
  type CommandRequest,
  OrdersClient,
  type OrdersClientOptions,
  type OrderSummary,
  type ReadName,
  type WaitOptions,
} from './orders-client.ts';
export { type ApiProblem, NoAnswerError, type ProblemCode, ProblemError, type ValidationError } from './problem.ts';
export { fileStorage, type RequestStorage } from './request-storage.ts';
