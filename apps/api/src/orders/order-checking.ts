import { Inject, Injectable } from '@nestjs/common';
import {
  type Checked,
  checkOrderRequest,
  fastCheckOf,
  OrderSubmission,
  type SubmittedOrder,
} from '#libs/order-requests';
import type { Bill } from '../auth/quota.ts';
import { REFUSED_UNITS } from '../auth/tariff.ts';
import { Turns } from '../http/turns.ts';
import { MAX_TAX_PERCENT } from '../injected.ts';

/** Checks the bodies of orders. What does not pass the fast check is checked in detail, at the caller's cost and turn. */
@Injectable()
export class OrderChecking {
  constructor(
    private readonly turns: Turns,
    @Inject(MAX_TAX_PERCENT) private readonly maxTaxPercent: number,
  ) {}

  /** @throws Problem `too-many-requests` */
  async check(bill: Bill, document: unknown): Promise<Checked<SubmittedOrder>> {
    const isObject = typeof document === 'object' && document !== null;
    const isFast = isObject && fastCheckOf(OrderSubmission)?.(document);
    if (!isFast) {
      await bill.charge(REFUSED_UNITS);
      await this.turns.next(bill.subject);
    }
    const checked = checkOrderRequest(document, this.maxTaxPercent);
    if (isFast && 'errors' in checked) await bill.charge(REFUSED_UNITS);
    return checked;
  }
}
