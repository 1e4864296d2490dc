import { CHANGE_ORDER, PLACE_ORDER, RECORD_BATCH } from '#libs/orders';

/** A message that SQS accepted. */
export interface SentMessage {
  readonly messageId: string;
  readonly body: string;
}

/** What handled messages leave behind. */
export interface Traces {
  /** Ids of orders in the table. */
  readonly orderIds: ReadonlySet<string>;
  /** Ids of commands, in orders' histories and among the refused. */
  readonly commandIds: ReadonlySet<string>;
  /** `{batchId}:{part}` of the recorded parts of batches. */
  readonly batchParts: ReadonlySet<string>;
  /** By the id of the message that was parked: why. */
  readonly parked: ReadonlyMap<string, Parking>;
}

export interface Parking {
  readonly reason: string;
  readonly detail: string;
}

export interface MessageVerdict {
  readonly handled: number;
  readonly parked: number;
  readonly lost: readonly SentMessage[];
  readonly withoutReason: readonly SentMessage[];
  /** Parked after the worker had failed on it unexpectedly, and how. */
  readonly failed: readonly { readonly message: SentMessage; readonly how: string }[];
}

/** The reason after five tries; also of messages without a handler, for one may come with a deployment. */
const UNEXPECTED = 'POISON';
const NO_HANDLER = /^Error: no handler for commands of type /;

/** Each message was handled, as its traces show, or parked with a reason; else it is lost. */
export function verdictOf(sent: readonly SentMessage[], traces: Traces): MessageVerdict {
  const parked = sent.filter(({ messageId }) => traces.parked.has(messageId));
  const others = sent.filter(({ messageId }) => !traces.parked.has(messageId));
  const lost = others.filter(({ body }) => !wasHandled(body, traces));
  return {
    handled: others.length - lost.length,
    parked: parked.length,
    lost,
    withoutReason: parked.filter(({ messageId }) => !traces.parked.get(messageId)?.reason),
    failed: parked.flatMap((message) => {
      const { reason, detail } = traces.parked.get(message.messageId)!;
      return reason === UNEXPECTED && !NO_HANDLER.test(detail) ? [{ message, how: detail }] : [];
    }),
  };
}

function wasHandled(body: string, { orderIds, commandIds, batchParts }: Traces): boolean {
  const { type, orderId, commandId, batchId, part } = fieldsOf(body);
  if (type === PLACE_ORDER) return orderIds.has(String(orderId));
  if (type === CHANGE_ORDER) return commandIds.has(String(commandId));
  return type === RECORD_BATCH && batchParts.has(`${String(batchId)}:${String(part)}`);
}

function fieldsOf(body: string): Record<string, unknown> {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
