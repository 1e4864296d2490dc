import { Injectable } from '@nestjs/common';
import { type Checked, checkOrderRequest, fastCheckOf, OrderRequest } from '#libs/order-requests';
import type { Caller } from '#libs/orders';
import { Quota } from '../auth/quota.ts';
import { REFUSED_UNITS } from '../auth/tariff.ts';
import { Turns } from '../http/turns.ts';

/** Checks the bodies of orders. What does not pass the fast check is checked in detail, at the caller's cost and turn. */
@Injectable()
export class OrderChecking {
  constructor(
    private readonly quota: Quota,
    private readonly turns: Turns,
  ) {}

  /** @throws Problem `too-many-requests` */
  async check(
    { subject }: Caller,
    document: unknown,
    charge = (units: number): Promise<unknown> => this.quota.charge(subject, units),
  ): Promise<Checked<OrderRequest>> {
    const isObject = typeof document === 'object' && document !== null;
    if (!isObject || !fastCheckOf(OrderRequest)?.(document)) {
      await charge(REFUSED_UNITS);
      await this.turns.next(subject);
    }
    return checkOrderRequest(document);
  }
}
