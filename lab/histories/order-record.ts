import type { ChangeOrderCommand, OrderRequest } from '#libs/order-requests';
import type { HistoryEntry, StoredOrder } from '#libs/orders';

/** One request of a caller, and its answer. Times are of one clock that never goes back. */
export interface Operation {
  readonly caller: string;
  /** `place`, `order` and `history` ask for the order, `command` changes it, `outcome` reads the outcome of a command. */
  readonly kind: 'place' | 'order' | 'history' | 'command' | 'outcome';
  /** The command that is sent, or whose outcome is read. */
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

/** The fields of bodies that the rules use. */
export interface Body {
  readonly status?: unknown;
  readonly version?: number;
  readonly event?: string;
  readonly commandId?: string;
  readonly data?: readonly Partial<HistoryEntry>[];
  readonly refusal?: Body;
  readonly detail?: string;
  readonly orderStatus?: string;
  readonly orderVersion?: number;
  readonly allowedCommands?: readonly string[];
  readonly links?: object;
}

/** All that callers asked about one order. */
export interface OrderRecord {
  readonly orderId: string;
  readonly customerId: string;
  readonly request: OrderRequest;
  readonly operations: readonly Operation[];
  /** The order in the table at the end; undefined if there is none. */
  readonly stored: StoredOrder | undefined;
}

/** A request that may have been carried out or not. */
export function isIndeterminate({ status }: Answer): boolean {
  return status === 'none' || status === 503;
}

export function operationText({ caller, kind, command, startMs, endMs, answer }: Operation): string {
  const { name = kind, commandId = '', expectedVersion, shipmentId, returnId } = command ?? {};
  const ifMatch = expectedVersion === undefined ? '' : ` If-Match "${expectedVersion}"`;
  const what = [kind === 'outcome' ? 'outcome of' : '', name, shipmentId ?? returnId ?? '', commandId].filter(Boolean);
  return `${startMs.toFixed(1)}–${endMs.toFixed(1)} ms ${caller}: ${what.join(' ')}${ifMatch} → ${answerText(answer)}`;
}

function answerText({ status, text, replayed }: Answer): string {
  if (status === 'none') return text;
  const { links: _links, ...body } = JSON.parse(text) as Body;
  const shown = body.data?.map(({ version, event }) => `${version} ${event}`).join(', ');
  const order =
    body.version !== undefined && body.event === undefined && `version ${body.version} ${String(body.status)}`;
  return `${status}${replayed ? ' replayed' : ''} ${shown ?? (order || JSON.stringify(body))}`;
}

/** The operations by their begin, and the versions that the table has. */
export function recordLines({ orderId, operations, stored }: OrderRecord): string[] {
  const versions = stored?.history.map(({ version, event, by, commandId }) => `${version} ${event} ${by} ${commandId}`);
  return [
    `order ${orderId}`,
    ...operations.toSorted((a, b) => a.startMs - b.startMs).map(operationText),
    ...(versions ?? ['not in the table']),
  ];
}
