import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsObject,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { all, Optional, Reference, Text } from './field-rules.ts';
import type { LineQuantity, CommandName } from '#libs/orders';

/* What comes with a request to change an order. */

const MAX_LINES = 100;
const MAX_QUANTITY = 10_000;
const MAX_REASON_LENGTH = 500;

export class LineQuantityRequest implements LineQuantity {
  /** As in the order's `lineItems`. */
  @IsInt()
  @Min(1)
  @Max(MAX_LINES)
  lineNumber: number;

  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity: number;
}

/** One line quantity for each line item at most. */
function LineQuantities(): PropertyDecorator {
  return all(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_LINES),
    ArrayUnique(({ lineNumber }: Partial<LineQuantity> = {}) => lineNumber, {
      message: '$property must not name a lineNumber twice',
    }),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(() => LineQuantityRequest),
  );
}

/** Nothing more is to be said. */
export class EmptyRequest {}

export class ReasonRequest {
  @Optional()
  @Text(MAX_REASON_LENGTH)
  reason?: string;
}

export class ShipmentRequest {
  @Text(100)
  carrier: string;

  @Reference(100)
  trackingNumber: string;

  @LineQuantities()
  items: LineQuantityRequest[];
}

export class ReturnGoodsRequest {
  @LineQuantities()
  items: LineQuantityRequest[];

  @Text(MAX_REASON_LENGTH)
  reason: string;
}

/** The class that checks what comes with each command. */
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

/** What comes with a command of that name. */
export type ChangeRequest<Name extends CommandName> = InstanceType<(typeof CHANGE_REQUESTS)[Name]>;
