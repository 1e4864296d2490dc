import type { Message } from '@aws-sdk/client-sqs';
import type { BaseRpcContext } from '@nestjs/microservices';
import { isOrderId, OrderError } from '#libs/orders';
import { traceIdOf } from '#libs/service';

/** Of a type that may be anything, as it is told. */
export const MAX_TYPE_LENGTH = 100;

/** A message's JSON, of which no more is known than that its `type` is a text. */
export interface ReceivedCommand {
  type: string;
  [field: string]: unknown;
}

/** What became of a command that was handled, named as the log names it. */
export type CommandOutcome =
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

/** How often SQS has handed the message out that a handler has in hand. */
export function receiveCountOf(context: unknown): number {
  const [message] = (context as BaseRpcContext<[Message]>).getArgs();
  return Number(message.Attributes?.ApproximateReceiveCount ?? 1);
}

/** Since the api received the command, in milliseconds; its clock is another than ours. */
export function delayOf({ receivedAt }: { receivedAt: string }): number {
  return Math.max(0, Date.now() - Date.parse(receivedAt));
}

/** What a log line says of a command that may be anything: its order and trace if it has such. */
export function logFieldsOf(command: ReceivedCommand | undefined): { orderId?: string; traceId?: string } {
  const { orderId, traceparent }: Partial<ReceivedCommand> = command ?? {};
  const traceId = typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined;
  return {
    ...(typeof orderId === 'string' && isOrderId(orderId) && { orderId }),
    ...(traceId !== undefined && { traceId }),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new OrderError('MALFORMED_COMMAND', 'expected a command as JSON, got a body that is not JSON', { cause });
  }
}
