import { ArrayUnique } from 'class-validator';
import { all, Description, ListOf, Optional, Reference, Text } from './field-rules.ts';
import { LineQuantity } from './order.ts';
import { MAX_LINE_ITEMS } from './order-request.ts';
import type { CommandName } from '#libs/orders';

/* The bodies of requests to change an order. */

const MAX_REASON_LENGTH = 500;

/** Quantities of line items, each line item at most once. */
function LineQuantities(): PropertyDecorator {
  return all(
    ListOf(() => LineQuantity, 1, MAX_LINE_ITEMS),
    ArrayUnique(({ lineNumber }: Partial<LineQuantity> = {}) => lineNumber, {
      message: '$property must not name a lineNumber twice',
    }),
    Description('each lineNumber at most once'),
  );
}

/** The body of a command that needs nothing but its name. */
export class EmptyRequest {}

export class ReasonRequest {
  @Optional()
  @Text(MAX_REASON_LENGTH)
  reason?: string;
}

export class ShipmentRequest {
  @Text(100)
  carrier!: string;

  @Reference(100)
  trackingNumber!: string;

  @LineQuantities()
  items!: LineQuantity[];
}

export class ReturnGoodsRequest {
  @LineQuantities()
  items!: LineQuantity[];

  @Text(MAX_REASON_LENGTH)
  reason!: string;
}

/** The class of each command's body. */
export const CHANGE_REQUESTS = {
  approveOrder: EmptyRequest,
  rejectOrder: ReasonRequest,
  cancelOrder: ReasonRequest,
  startFulfillment: EmptyRequest,
  createShipment: ShipmentRequest,
  deliverShipment: EmptyRequest,
  requestReturn: ReturnGoodsRequest,
  approveReturn: EmptyRequest,
  declineReturn: ReasonRequest,
  receiveReturn: EmptyRequest,
  closeReturn: EmptyRequest,
} as const satisfies Record<CommandName, new () => object>;

/** The body of a command. */
export type ChangeRequest<Name extends CommandName> = InstanceType<(typeof CHANGE_REQUESTS)[Name]>;
