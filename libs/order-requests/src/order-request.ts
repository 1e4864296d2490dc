import { Transform } from 'class-transformer';
import { IsIn, Length, Matches } from 'class-validator';
import { type Channel, CHANNELS, MAX_QUOTE_LENGTH } from '#libs/orders';
import { FastChecked } from './fast-shape-check.ts';
import {
  Amount,
  Count,
  Country,
  Currency,
  Description,
  ListOf,
  Nested,
  Optional,
  PlainText,
  Reference,
  Text,
} from './field-rules.ts';

export const MAX_LINE_ITEMS = 100;
export const MAX_QUANTITY = 10_000;
/** In minor units, in any currency: 10^10 rials. */
const MAX_UNIT_PRICE = 1_000_000_000_000;

export class LineItem {
  @Reference(64)
  sku!: string;

  @Text(200)
  name!: string;

  @Count(MAX_QUANTITY)
  quantity!: number;

  @Amount(MAX_UNIT_PRICE)
  unitPrice!: number;

  @Optional()
  @Description("the line's part of the order's tax, in minor units; all line items have it or none")
  @Amount()
  tax?: number;
}

export class Address {
  @Text(200)
  name!: string;

  @Text(200)
  line1!: string;

  @Optional()
  @Text(200)
  line2?: string;

  @Text(100)
  city!: string;

  @Optional()
  @Text(100)
  region?: string;

  /** An empty text counts as absent, because forms of shops send the field for every country. */
  @Transform(({ value }: { value: unknown }) => (value === '' ? undefined : value))
  @Optional()
  @Text(20)
  @Description('required where the country has postal codes')
  postalCode?: string;

  @Country()
  country!: string;
}

/** A reference to a payment that was captured before the order was sent. */
export class Payment {
  @Reference(50)
  provider!: string;

  @Reference(200)
  reference!: string;

  @Description("the order's total")
  @Amount()
  amount!: number;
}

/** What a customer orders. Money is integer minor units of `currency`. */
export class OrderRequest {
  @IsIn(CHANNELS)
  channel!: Channel;

  @Currency()
  currency!: string;

  @ListOf(() => LineItem, 1, MAX_LINE_ITEMS)
  lineItems!: LineItem[];

  @Description("at most the price of the goods, in minor units of the order's currency")
  @Amount()
  discount!: number;

  @Amount()
  shipping!: number;

  @Amount()
  tax!: number;

  @Optional()
  @Description(
    "the shipping's part of the tax, in minor units; without it, a share by price, or 0 if line items have a tax",
  )
  @Amount()
  shippingTax?: number;

  @Description(
    "the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency",
  )
  @Amount()
  total!: number;

  @Nested(() => Address)
  shippingAddress!: Address;

  @Nested(() => Address)
  billingAddress!: Address;

  @Nested(() => Payment)
  payment!: Payment;

  @Optional()
  @Reference(64)
  @Description('required for a WHOLESALE order, refused for a RETAIL order')
  purchaseOrderNumber?: string;
}

/** A request to place an order. `customerId` and `quote` say who may place it at its prices; they are not part of the order. */
@FastChecked
export class OrderSubmission extends OrderRequest {
  @Optional()
  @PlainText(128)
  @Matches(/^[!-~]+$/, { message: 'must only have visible ASCII characters' })
  @Description('whose order it is: required from a checkout (PRICING=trusted), refused from everybody else')
  customerId?: string;

  @Optional()
  @Length(1, MAX_QUOTE_LENGTH)
  @Matches(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/)
  @Description(
    "the shop's signature of the order's prices, a compact JWS: required with PRICING=quote, refused otherwise",
  )
  quote?: string;
}
