import type { ChangeOrderCommand } from '#libs/order-requests';
import type { HistoryEntry, StoredOrder } from '#libs/orders';

/** One request about an order, and its answer. Times are of one clock that never goes back. */
export interface Operation {
  readonly caller: string;
  readonly kind: 'place' | 'order' | 'history' | 'command' | 'outcome';
  /** The command that was sent, or whose outcome was read. */
  readonly command?: ChangeOrderCommand;
  readonly startMs: number;
  readonly endMs: number;
  readonly answer: Answer;
}

export interface Answer {
  /** `none`: there was no answer, for the reason in `text`. */
  readonly status: number | 'none';
  /** The body as JSON, which takes less memory than its object. */
  readonly text: string;
  readonly etag?: string | null;
  /** The command had been carried out before the request. */
  readonly replayed?: boolean;
}

export interface Body {
  readonly [field: string]: unknown;
  readonly version?: number;
  readonly orderVersion?: number;
  readonly data?: readonly Partial<HistoryEntry>[];
  readonly refusal?: Body;
}

/** All requests about an order, and what the table has of it at the end. */
export interface OrderRecord {
  readonly orderId: string;
  readonly operations: readonly Operation[];
  readonly stored: StoredOrder | undefined;
}

/** Whether the request may have been carried out or not. */
export function isIndeterminate({ status }: Answer): boolean {
  return status === 'none' || status === 503;
}

export function operationText({ caller, kind, command, startMs, endMs, answer }: Operation): string {
  const { name, shipmentId, returnId, expectedVersions, commandId } = command ?? {};
  const ifMatch = expectedVersions && `If-Match "${expectedVersions.join('", "')}"`;
  const what = textOf([kind, name, shipmentId ?? returnId, ifMatch, commandId]);
  return `${startMs.toFixed(1)} to ${endMs.toFixed(1)} ms, ${caller}: ${what} -> ${answerText(answer)}`;
}

function answerText({ status, text, replayed }: Answer): string {
  if (status === 'none') return text;
  const { version, orderVersion = version, data, refusal, ...body } = JSON.parse(text) as Body;
  const facts = [orderVersion, body['event'], body['status'], body['detail'], refusal?.['detail']];
  return textOf([status, replayed && 'replayed', ...facts, data?.map(entryText).join(', ')]);
}

function entryText({ version, event, commandId }: Partial<HistoryEntry>): string {
  return textOf([version, event, commandId]);
}

function textOf(parts: readonly unknown[]): string {
  return parts.filter(Boolean).join(' ');
}

/** All requests by their begin, then the history. */
export function recordText({ orderId, operations, stored }: OrderRecord): string {
  const lines = operations.toSorted((a, b) => a.startMs - b.startMs).map(operationText);
  return [`order ${orderId}`, ...lines, 'the table has', ...(stored?.history.map(entryText) ?? [])].join('\n  ');
}
