import { creditNoteDocument, invoiceDocument } from './invoice-document.ts';
import { orderEvent } from './order-event.ts';
import { OrderIds } from './order-id.ts';
import type { OrderEventName } from './order-lifecycle.ts';
import { goodsOf } from './line-quantities.ts';
import { orderVersions } from './order-versions.ts';
import type { StoredOrder } from './order.ts';

/** Amounts in minor units: what the invoice and what the credit notes of an order have in total. */
export interface Books {
  invoiced: number;
  credited: number;
}

const NO_EVENTS = 'its events cannot be derived from its history';

/** The events that an order's credit note comes with. */
const CREDITING: readonly OrderEventName[] = ['cancelled', 'rest_cancelled', 'return_closed'];

/** The sums of an order's documents, as a customer reads them. */
export function booksOf(order: StoredOrder): Books {
  const notes = order.creditNotes.map((_, index) => creditNoteDocument(order, String(index + 1)));
  const credited = notes.reduce((sum, note) => sum + (note?.total ?? 0), 0);
  return { invoiced: invoiceDocument(order)?.total ?? 0, credited };
}

/**
 * What does not fit together in an order, its documents, its events and the claim on its payment, to the minor unit. Empty if
 * all do.
 * @param claimedBy the order that the claim names; undefined without a claim
 */
export function differencesOf(order: StoredOrder, claimedBy: string | undefined): string[] {
  const books = booksOf(order);
  // An order that was confirmed in another shop keeps its totals, and its documents are there.
  if (order.source === 'import' && !order.invoice) {
    return [...claimDifferences(order, claimedBy), ...(orderVersions(order).complete ? [] : [NO_EVENTS])];
  }
  return [
    ...claimDifferences(order, claimedBy),
    ...differ('its total', order.total, 'the sum of its parts', totalOf({ ...order, goods: allGoods(order) })),
    ...differ('its total', order.total, 'its payment', order.payment.amount),
    ...creditNoteDifferences(order, books),
    ...eventDifferences(order, books),
  ];
}

function claimDifferences({ orderKey, history }: StoredOrder, claimedBy: string | undefined): string[] {
  if (claimedBy === undefined) return ['there is no claim on its payment'];
  const isOwn = OrderIds.keyOf(claimedBy) === orderKey;
  if (history[0]?.event !== 'rejected') return isOwn ? [] : [`its payment is claimed by order ${claimedBy}`];
  return isOwn ? ['it was rejected for a payment that it claims itself'] : [];
}

function creditNoteDifferences(order: StoredOrder, { invoiced, credited }: Books): string[] {
  const differences = order.creditNotes.flatMap((_, index) => {
    const note = creditNoteDocument(order, String(index + 1));
    if (!note) return [`credit note ${index + 1} has no invoice`];
    const lines = note.lines.reduce((sum, { amount }) => sum + amount, 0);
    return [
      ...differ(`${note.number}: its total`, note.total, 'the sum of its parts', totalOf(note)),
      ...differ(`${note.number}: its goods`, note.goods, 'its lines', lines),
    ];
  });
  if (credited > invoiced) differences.push(`its credit notes have ${credited}, its invoice ${invoiced}`);
  if (order.status === 'CANCELLED')
    differences.push(...differ('cancelled: its invoice', invoiced, 'its credit notes', credited));
  return differences;
}

/** Compares the documents with what accounting reads in the order's events, which are made again from its history. */
function eventDifferences(order: StoredOrder, { invoiced, credited }: Books): string[] {
  const { versions, complete } = orderVersions(order);
  if (!complete) return [NO_EVENTS];
  const read = { invoiced: 0, credited: 0, notes: 0 };
  // Events have no payment, so nothing here needs the origin.
  const origin = { typePrefix: '', source: '' };
  for (const version of versions) {
    const { order: published } = orderEvent(version.order, version.previous, origin).data;
    const event = version.order.history.at(-1)?.event;
    if (event === 'confirmed' && published.invoice) read.invoiced += published.total;
    if (event && CREDITING.includes(event) && published.invoice) {
      read.notes += 1;
      read.credited += published.creditNotes.at(-1)?.total ?? 0;
    }
  }
  return [
    ...differ('its invoice', invoiced, 'its events', read.invoiced),
    ...differ('the number of its credit notes', order.creditNotes.length, 'that of its credits', read.notes),
    ...differ('its credit notes', credited, 'its events', read.credited),
  ];
}

function allGoods(order: StoredOrder): number {
  return goodsOf(order, order.lineItems);
}

function totalOf({
  goods,
  discount,
  shipping,
  tax,
}: Record<'goods' | 'discount' | 'shipping' | 'tax', number>): number {
  return goods - discount + shipping + tax;
}

function differ(what: string, is: number, other: string, expected: number): string[] {
  return is === expected ? [] : [`${what} is ${is}, ${other} ${expected}`];
}
