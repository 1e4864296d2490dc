import type { OrderRequest } from '#libs/order-requests';
import { recordedEntryOf } from './event-message.ts';
import { fingerprintOf } from './json-text.ts';
import { OrderIds } from './order-id.ts';
import type { OrderStatus } from './order-lifecycle.ts';
import { lookupKeysOf, workOf } from './order-lists.ts';
import { type OrderVersion, orderVersions } from './order-versions.ts';
import type { HistoryEntry, Shipment, StoredOrder } from './order.ts';

/** An order as another system has it. Its totals are not computed again. */
export interface ImportedOrder extends OrderRequest {
  /** The order's number in the other system. */
  importedNumber: string;
  customerId: string;
  status: OrderStatus;
  /** One for an order that is SHIPPED, PARTIALLY_SHIPPED or DELIVERED. It has `deliveredAt` only in the last case. */
  shipments: Shipment[];
  placedAt: string;
  updatedAt: string;
}

/**
 * The order that an import stores. The same number always gives the same order id. The history starts at this version, because
 * what the order was before is not known here.
 * @param version 1, or the version after that of an earlier import
 */
export function importOrder(imported: ImportedOrder, version: number, isPublished: boolean): StoredOrder {
  const { importedNumber, status, updatedAt } = imported;
  const orderId = OrderIds.ofImported(importedNumber);
  const orderKey = OrderIds.keyOf(orderId);
  const lineItems = imported.lineItems.map((item, index) => ({ lineNumber: index + 1, ...item }));
  const fingerprint = importHashOf({ ...imported, lineItems });
  const entry: HistoryEntry = {
    version,
    event: 'imported',
    at: updatedAt,
    by: 'import',
    commandId: orderId,
    fingerprint,
    status,
    ...(!isPublished && { unpublished: true }),
    traceparent: `00-${fingerprint.slice(0, 32)}-${fingerprint.slice(32, 48)}-00`,
  };
  return {
    ...imported,
    lineItems,
    orderKey,
    orderId,
    source: 'import',
    version,
    returns: [],
    returnStatus: 'NONE',
    creditNotes: [],
    ...workOf({ orderKey, status, returns: [] }),
    ...lookupKeysOf(orderKey, imported),
    fingerprint,
    history: [entry],
  };
}

const IMPORTED_FIELDS = [
  'importedNumber',
  'customerId',
  'status',
  'shipments',
  'placedAt',
  'updatedAt',
  'channel',
  'currency',
  'lineItems',
  'discount',
  'shipping',
  'tax',
  'shippingTax',
  'total',
  'shippingAddress',
  'billingAddress',
  'payment',
  'purchaseOrderNumber',
] as const satisfies (keyof ImportedOrder)[];

/** A hash of everything that an import brings. The order before its import and the stored one have the same. */
export function importHashOf(order: Omit<ImportedOrder, 'lineItems'> & Pick<StoredOrder, 'lineItems'>): string {
  return fingerprintOf(Object.fromEntries(IMPORTED_FIELDS.map((field) => [field, order[field]])));
}

/** The order as it was imported; undefined for one that was placed here, or whose history does not lead to it. */
export function importedVersionOf(order: StoredOrder): (StoredOrder & ImportedOrder) | undefined {
  const { versions, complete } = orderVersions(order);
  const [first] = complete ? versions : [];
  return first?.order.importedNumber === undefined ? undefined : (first.order as StoredOrder & ImportedOrder);
}

/** Whether subscribers do not receive this change: it is an import that was not to be published. */
export function isUnpublished(change: OrderVersion): boolean {
  return recordedEntryOf(change).unpublished === true;
}
