import { OrderIds } from './order-id.ts';
import type { CommandName } from './order-lifecycle.ts';

/** The `type` of each message to the worker, and the pattern of its handler. */
export const PLACE_ORDER = 'order.place.v1';
export const CHANGE_ORDER = 'order.change.v1';
export const RECORD_BATCH = 'order-batch.record.v1';

/** Two requests with equal values here are the same command. */
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
 * Command ids are unforgeable receipts, like order ids. The same request always gets an id with the same key (`OrderIds.keyOf`), and the id itself
 * proves whether it was issued to this caller for a command to this order.
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

/** No subject contains a blank, so a command id is never also an order id. */
function scopeOf(orderId: string, by: string): string {
  return `${OrderIds.keyOf(orderId)} ${by}`;
}
