import { Injectable } from '@nestjs/common';
import type { SubmittedOrder, ValidationError } from '#libs/order-requests';
import { type Caller, may, QUOTE_TYPE, quoteDifferences } from '#libs/orders';
import type { Bill } from '../auth/quota.ts';
import { InvalidTokenError, type SignedClaims } from '../auth/signed-claims.ts';
import { QUOTE_UNITS } from '../auth/tariff.ts';
import { invalidRequest, Problem, unavailable } from '../http/problem.ts';

/** Who may place an order with each value of `PRICING`: its customer, or a checkout that names the customer. */
const PRICINGS = {
  /** A checkout, which is a service of the shop, sends right prices. */
  trusted: { customers: false, checkouts: true, rule: 'only a checkout places orders' },
  /** Customers send prices that the shop has signed. */
  quote: { customers: true, checkouts: false, rule: 'only customers place orders' },
  /** Every caller may send any price. */
  open: { customers: true, checkouts: true, rule: 'customers and checkouts place orders' },
};
export type Pricing = keyof typeof PRICINGS;
export const PRICING_NAMES = Object.keys(PRICINGS);

const MAX_ERRORS = 100;
/** So a request whose first attempt was accepted after all makes no second order. */
const SAME_KEY = 'with another quote, keep the Idempotency-Key';

/** Decides who may place an order, and whether its prices are the shop's. */
@Injectable()
export class OrderPricing {
  /** @param quotes the shop's signatures, with `PRICING=quote` */
  constructor(
    private readonly pricing: Pricing,
    readonly quotes?: SignedClaims,
  ) {}

  /** @throws Problem `forbidden` when the caller can place no order at all. */
  mustMayPlace(caller: Caller): void {
    if (this.mayPlace(caller, true) || this.mayPlace(caller, false)) return;
    throw new Problem('forbidden', `with PRICING=${this.pricing}, ${PRICINGS[this.pricing].rule}`);
  }

  /** The customer of a submitted order. @throws Problem `forbidden` or `invalid-request` */
  customerOf(caller: Caller, { customerId, request }: SubmittedOrder): string {
    const isOwn = customerId === undefined;
    if (!this.mayPlace(caller, isOwn)) {
      if (isOwn)
        throw invalidRequest([{ pointer: '/customerId', detail: 'is missing: a checkout names the customer' }]);
      const detail = `with PRICING=${this.pricing}, this caller places only its own orders: leave customerId out`;
      throw new Problem('forbidden', detail);
    }
    if (request.channel === 'WHOLESALE' && !may(caller, 'placeWholesaleOrder', isOwn)) {
      throw new Problem('forbidden', 'the roles of this caller do not allow placeWholesaleOrder');
    }
    return customerId ?? caller.subject;
  }

  /**
   * Why the order may not have its prices; empty when it may.
   * @throws Problem `too-many-requests`, or `unavailable` when the keys of the shop cannot be read
   */
  async errorsOf(order: SubmittedOrder & { customerId: string }, bill: Bill): Promise<ValidationError[]> {
    const { quote, customerId, request } = order;
    const errors = (detail: string) => [{ pointer: '/quote', detail }];
    if (!this.quotes) return quote === undefined ? [] : errors(`must be left out with PRICING=${this.pricing}`);
    if (quote === undefined) return errors('is missing: every order carries a quote of the shop');
    await bill.charge(QUOTE_UNITS);
    try {
      const { sub, order: signed } = await this.quotes.verify(quote, { typ: QUOTE_TYPE });
      if (sub !== customerId) return errors(`is for another customer: get your own; ${SAME_KEY}`);
      if (typeof signed !== 'object' || signed === null) return errors('must have the claim order, an object');
      return quoteDifferences(signed, request).slice(0, MAX_ERRORS);
    } catch (error) {
      if (error instanceof InvalidTokenError) return errors(`is refused: ${error.message}; ${SAME_KEY}`);
      throw unavailable('quotes cannot be checked now', error);
    }
  }

  private mayPlace(caller: Caller, isOwn: boolean): boolean {
    const { customers, checkouts } = PRICINGS[this.pricing];
    return (isOwn ? customers : checkouts) && may(caller, 'placeOrder', isOwn);
  }
}
