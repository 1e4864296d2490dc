import type { Message } from '@aws-sdk/client-sqs';
import type { BaseRpcContext } from '@nestjs/microservices';
import { isOrderId, OrderError } from '#libs/orders';
import { traceIdOf, type Tracing, type WorkSpan } from '#libs/service';

/** Logs and traces show this much of a command's type, which may be any text. */
export const MAX_TYPE_LENGTH = 100;

/**
 * A message may overtake the one that stores an order: a standard queue does not keep messages in order, and after an outage
 * messages come back minutes later. An order that is not stored a day later was never placed.
 */
export const MAX_UNPLACED_MS = 24 * 60 * 60 * 1_000;

/** The JSON of a message, of which only `type` is checked. */
export interface ReceivedCommand {
  type: string;
  [field: string]: unknown;
}

/** The outcome of a handled command: its log event, and an attribute of its span. */
export type HandlingOutcome =
  | 'order_persisted'
  | 'order_duplicate'
  | 'order_changed'
  | 'command_repeated'
  | 'command_refused'
  | 'batch_part_recorded';

/** @throws OrderError MALFORMED_COMMAND */
export function readCommand(body: string): ReceivedCommand {
  const document = parsed(body);
  if (typeof document === 'object' && document !== null && 'type' in document && typeof document.type === 'string') {
    return document as ReceivedCommand;
  }
  throw new OrderError('MALFORMED_COMMAND', 'expected a JSON object with a text `type`');
}

/** How often SQS has delivered the message that a handler was called with. */
export function receiveCountOf(context: unknown): number {
  const [message] = (context as BaseRpcContext<[Message]>).getArgs();
  return Number(message.Attributes?.ApproximateReceiveCount ?? 1);
}

/** Milliseconds since the api received the command. Never negative, because the api's clock may be ahead. */
export function delayOf({ receivedAt }: { receivedAt: string }): number {
  return Math.max(0, Date.now() - Date.parse(receivedAt));
}

/** The order and trace of an unchecked command, if they are valid. */
export function logFieldsOf(command: ReceivedCommand | undefined): { orderId?: string; traceId?: string } {
  const { orderId, traceparent }: Partial<ReceivedCommand> = command ?? {};
  const traceId = typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined;
  return {
    ...(typeof orderId === 'string' && isOrderId(orderId) && { orderId }),
    ...(traceId !== undefined && { traceId }),
  };
}

/** Starts the span of handling a command, in the trace that the command belongs to. */
export function startCommandSpan(
  tracing: Tracing,
  queue: string,
  command: ReceivedCommand,
  { MessageId }: Message,
): WorkSpan {
  const { traceparent } = command;
  return tracing.begin(`process ${queue}`, {
    kind: 'consumer',
    parent: typeof traceparent === 'string' ? traceparent : undefined,
    attributes: {
      'messaging.system': 'aws_sqs',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': queue,
      'messaging.message.id': MessageId,
      'order.command': command.type.slice(0, MAX_TYPE_LENGTH),
      'order.id': logFieldsOf(command).orderId,
    },
  });
}

/** The command with the span's trace context, which its handler stores. A command without one is returned unchanged. */
export function continued(command: ReceivedCommand, { traceparent }: WorkSpan): ReceivedCommand {
  return typeof command['traceparent'] === 'string' ? { ...command, traceparent } : command;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new OrderError('MALFORMED_COMMAND', 'expected a command as JSON, got a body that is not JSON', { cause });
  }
}
