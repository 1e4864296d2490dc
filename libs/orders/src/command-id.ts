import { OrderIds } from './order-id.ts';
import type { CommandName } from './order-lifecycle.ts';

/** What makes a command the same as an earlier one. */
export interface CommandRequest {
  orderId: string;
  /** Subject of the caller. */
  by: string;
  name: CommandName;
  /** Present where the command is about one shipment. */
  shipmentId?: string | undefined;
  /** Present where the command is about one return. */
  returnId?: string | undefined;
  idempotencyKey: string;
}

/**
 * Ids of commands: as order ids are, receipts that nobody can invent. The same request always gives the same id, and an
 * id tells, with no look-up, whether it was given to this caller for a command to this order.
 */
export class CommandIds {
  private readonly ids: OrderIds;

  constructor(ids: OrderIds) {
    this.ids = ids;
  }

  issue({ orderId, by, name, shipmentId, returnId, idempotencyKey }: CommandRequest): string {
    return this.ids.issue(scopeOf(orderId, by), JSON.stringify([name, shipmentId ?? returnId ?? null, idempotencyKey]));
  }

  wasIssuedTo(commandId: string, orderId: string, by: string): boolean {
    return this.ids.wasIssuedTo(commandId, scopeOf(orderId, by));
  }
}

/** No subject has a blank in it: this is none that an order was placed by. */
function scopeOf(orderId: string, by: string): string {
  return `${OrderIds.keyOf(orderId)} ${by}`;
}
