import type { Message } from '@aws-sdk/client-sqs';
import type { Tracing, WorkSpan } from '#libs/service';
import { logFieldsOf, MAX_TYPE_LENGTH, type ReceivedCommand } from './received-command.ts';

/** The handling of a command, which may be anything, as a part of the trace that it belongs to. */
export function beginCommand(
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

/** The command with the span's trace context: what its handler stores is the span's doing. One without any stays so. */
export function continued(command: ReceivedCommand, { traceparent }: WorkSpan): ReceivedCommand {
  return typeof command['traceparent'] === 'string' ? { ...command, traceparent } : command;
}
