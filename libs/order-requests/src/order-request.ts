import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO31661Alpha2,
  IsISO4217CurrencyCode,
  IsObject,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { all, Nested, Optional, Reference, Text } from './field-rules.ts';
import { type Address, type Channel, CHANNELS, type LineItem, type Payment } from '#libs/orders';

/* The sum stays an exact integer: 100 × 10^4 × 10^8 = 10^14 < 2^53. */
const MAX_LINE_ITEMS = 100;
const MAX_QUANTITY = 10_000;
const MAX_UNIT_PRICE = 100_000_000;
const MAX_AMOUNT = 100_000_000_000_000;

/** An integer of minor units. */
function Amount(max = MAX_AMOUNT): PropertyDecorator {
  return all(IsInt(), Min(0), Max(max));
}

/** ISO 4217, in capitals: class-validator's own check would let `eur` pass. */
function Currency(): PropertyDecorator {
  return all(IsISO4217CurrencyCode(), Matches(/^[A-Z]{3}$/));
}

/** ISO 3166-1 alpha-2, in capitals. */
function Country(): PropertyDecorator {
  return all(IsISO31661Alpha2(), Matches(/^[A-Z]{2}$/));
}

export class LineItemRequest implements LineItem {
  @Reference(64)
  sku: string;

  @Text(200)
  name: string;

  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity: number;

  @Amount(MAX_UNIT_PRICE)
  unitPrice: number;
}

export class AddressRequest implements Address {
  @Text(200)
  name: string;

  @Text(200)
  line1: string;

  @Optional()
  @Text(200)
  line2?: string;

  @Text(100)
  city: string;

  @Optional()
  @Text(100)
  region?: string;

  @Text(20)
  postalCode: string;

  @Country()
  country: string;
}

export class PaymentRequest implements Payment {
  @Reference(50)
  provider: string;

  @Reference(200)
  reference: string;

  @Amount()
  amount: number;
}

/** What a customer sends to place an order. Money is integer minor units of `currency`. */
export class OrderRequest {
  @IsIn(CHANNELS)
  channel: Channel;

  @Currency()
  currency: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_LINE_ITEMS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => LineItemRequest)
  lineItems: LineItemRequest[];

  @Amount()
  discount: number;

  @Amount()
  shipping: number;

  @Amount()
  tax: number;

  @Amount()
  total: number;

  @Nested(() => AddressRequest)
  shippingAddress: AddressRequest;

  @Nested(() => AddressRequest)
  billingAddress: AddressRequest;

  @Nested(() => PaymentRequest)
  payment: PaymentRequest;

  @Optional()
  @Reference(64)
  purchaseOrderNumber?: string;
}
