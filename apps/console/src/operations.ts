import { OrderTable } from '#libs/order-store';
import { OrderIds, type StoredOrder } from '#libs/orders';
import type { Environment } from '../../../operations/environment.ts';
import { logOperation } from '../../../operations/operations-log.ts';
import type { Session } from './session/sessions.ts';

/** The environment of this console, with the AWS identity of the person who started it. */
export class Operations {
  private readonly orders: OrderTable;

  constructor(readonly environment: Environment) {
    this.orders = new OrderTable(environment.dynamodb, environment.nameOf('orders'));
  }

  /** The stored order with its traces. Only for a person to whom the api has shown the order. */
  order(orderId: string): Promise<StoredOrder | undefined> {
    return this.orders.find(OrderIds.keyOf(orderId));
  }

  /** Logs what a person does with the console, does it, and logs the outcome. */
  async logged<Result>(
    { subject }: Session,
    operation: string,
    details: object,
    why: string | undefined,
    work: () => Promise<Result>,
    outcomeOf: (result: Result) => string,
  ): Promise<Result> {
    let result: Result | undefined;
    const logged = { tool: 'console', operation, details, by: subject, why: why || 'no reason typed' };
    await logOperation(
      this.environment,
      logged,
      async () => outcomeOf((result = await work())),
      () => ({}),
      () => undefined,
    );
    return result as Result;
  }
}
