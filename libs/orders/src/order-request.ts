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
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { Address, Channel, LineItem, Payment } from './order.ts';

/* The sum stays an exact integer: 100 × 10^4 × 10^8 = 10^14 < 2^53. */
const MAX_LINE_ITEMS = 100;
const MAX_QUANTITY = 10_000;
const MAX_UNIT_PRICE = 100_000_000;
const MAX_AMOUNT = 100_000_000_000_000;

/**
 * No control characters and no blank ends, for names and addresses reach invoices and other people's parsers; and none of
 * the characters that SQS does not carry.
 */
const TEXT = /^(?! )[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFE\uFFFF]*(?<! )$/u;
const TEXT_MESSAGE = 'must have no control characters and no blank at either end';
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/;
const REFERENCE_MESSAGE = 'must be letters, digits and any of . _ : / -, and begin with a letter or digit';

function Text(maxLength: number): PropertyDecorator {
  return all(
    IsString(),
    Length(1, maxLength),
    // Length does not count variation selectors, of which a text may have as many as characters.
    Matches(new RegExp(`^.{1,${maxLength}}$`, 'su'), {
      message: `$property must have at most ${maxLength} code points`,
    }),
    Matches(TEXT, { message: `$property ${TEXT_MESSAGE}` }),
  );
}

function Reference(maxLength: number): PropertyDecorator {
  return all(IsString(), Length(1, maxLength), Matches(REFERENCE, { message: `$property ${REFERENCE_MESSAGE}` }));
}

/** May be absent; unlike class-validator's IsOptional it does not let null pass. */
function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** class-validator lets a missing or null nested object pass unless something else asks for it. */
function Nested(type: () => new () => object): PropertyDecorator {
  return all(IsObject(), ValidateNested(), Type(type));
}

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

function all(...decorators: PropertyDecorator[]): PropertyDecorator {
  // From last to first, as TypeScript applies a stack of decorators.
  return (target, property) => decorators.toReversed().forEach((decorate) => decorate(target, property));
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
  @IsIn(['RETAIL', 'WHOLESALE'])
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
