import { PLACE_ORDER } from '#libs/orders';
import { Equals, IsBoolean } from 'class-validator';
import { FastChecked } from './fast-shape-check.ts';
import { Instant, Nested, Optional, OrderId, PlainText } from './field-rules.ts';
import { checkCommand, errorsBelow, orderIdErrors } from './command-check.ts';
import { orderRuleErrors } from './order-request-check.ts';
import { OrderRequest } from './order-request.ts';

/** The message that asks the worker to place an order, as JSON in the body of an SQS message. */
@FastChecked
export class PlaceOrderCommand {
  @Equals(PLACE_ORDER)
  type!: typeof PLACE_ORDER;

  /** The same as the order id: an order is placed once. */
  @PlainText(64)
  commandId!: string;

  @OrderId()
  orderId!: string;

  @PlainText(128)
  customerId!: string;

  /** True: the caller has the role `wholesale`, in whichever channel they order. */
  @Optional()
  @IsBoolean()
  isWholesaleCustomer?: boolean;
  /** The subject of the checkout that placed the order for the customer. */
  @Optional()
  @PlainText(128)
  placedBy?: string;

  /** When the api received the request. ISO 8601, UTC, milliseconds: lists of orders are sorted by this text. */
  @Instant()
  receivedAt!: string;

  /** W3C trace context of the request. */
  @PlainText(64)
  traceparent!: string;

  @Nested(() => OrderRequest)
  request!: OrderRequest;
}

/** @throws OrderError MALFORMED_COMMAND: see `checkCommand`. */
export function parsePlaceOrderCommand(document: unknown): PlaceOrderCommand {
  return checkCommand({ pattern: PLACE_ORDER, type: PlaceOrderCommand }, document, ({ orderId, request }) => [
    ...orderIdErrors(orderId, '/orderId'),
    ...errorsBelow('/request', orderRuleErrors(request)),
  ]);
}
