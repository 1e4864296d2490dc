import { CHANGE_ORDER, PLACE_ORDER, RECORD_BATCH } from '#libs/orders';

/** A message that SQS accepted. */
export interface SentMessage {
  readonly messageId: string;
  readonly body: string;
}

/** The traces that handled messages leave. */
export interface Traces {
  /** Ids of orders in the table. */
  readonly orderIds: ReadonlySet<string>;
  /** Ids of commands in the histories of orders and among the refused commands. */
  readonly commandIds: ReadonlySet<string>;
  /** `{batchId}:{part}` of the recorded parts of batches. */
  readonly batchParts: ReadonlySet<string>;
  /** The reasons by the id of the dead-lettered message. */
  readonly deadLettered: ReadonlyMap<string, { readonly reason: string; readonly detail: string }>;
}

export type MessageVerdict = ReturnType<typeof verdictOf>;

/** The reason after five attempts. Messages without a handler have it as well, because a deployment may bring the handler. */
const UNEXPECTED = 'POISON';
const NO_HANDLER = /^Error: no handler for commands of type /;

/** Each message was handled, as its traces show, or dead-lettered with a reason; otherwise it is lost. */
export function verdictOf(sent: readonly SentMessage[], traces: Traces) {
  const deadLettered = sent.filter(({ messageId }) => traces.deadLettered.has(messageId));
  const others = sent.filter(({ messageId }) => !traces.deadLettered.has(messageId));
  const lost = others.filter(({ body }) => !wasHandled(body, traces));
  return {
    handled: others.length - lost.length,
    deadLettered: deadLettered.length,
    lost,
    withoutReason: deadLettered.filter(({ messageId }) => !traces.deadLettered.get(messageId)?.reason),
    /** Messages that were dead-lettered after unexpected failures of the worker, and the failure. */
    failed: deadLettered.flatMap((message) => {
      const { reason, detail } = traces.deadLettered.get(message.messageId)!;
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
