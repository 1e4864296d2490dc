import { PLACE_ORDER } from '#libs/orders';
import { Type } from 'class-transformer';
import { Equals, IsObject, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { checkCommand, faultsBelow, orderIdFaults } from './command-check.ts';
import { orderRuleFaults } from './order-request-check.ts';
import { OrderRequest } from './order-request.ts';

/** The message that asks the worker to place an order, as JSON in the body of an SQS message. */
export class PlaceOrderCommand {
  @Equals(PLACE_ORDER)
  type: typeof PLACE_ORDER;

  /** Same as the order id: placing happens once for each order. */
  @IsString()
  @Length(1, 64)
  commandId: string;

  @Matches(/^[0-9A-Z]{26}$/)
  orderId: string;

  @IsString()
  @Length(1, 128)
  customerId: string;

  /** When the api received the request; ISO 8601, UTC, milliseconds: orders are listed by this text. */
  @Matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
  receivedAt: string;

  /** W3C trace context of the request. */
  @IsString()
  @Length(1, 64)
  traceparent: string;

  @IsObject()
  @ValidateNested()
  @Type(() => OrderRequest)
  request: OrderRequest;
}

/** @throws OrderError MALFORMED_COMMAND: see `checkCommand`. */
export function parsePlaceOrderCommand(document: unknown): PlaceOrderCommand {
  return checkCommand({ pattern: PLACE_ORDER, type: PlaceOrderCommand }, document, ({ orderId, request }) => [
    ...orderIdFaults(orderId, '/orderId'),
    ...faultsBelow('/request', orderRuleFaults(request)),
  ]);
}
