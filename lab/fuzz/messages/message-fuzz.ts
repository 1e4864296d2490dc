import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import type { StoredOrder } from '#libs/orders';
import { attributesOf, depthOf, drainQueue } from '../../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { scanTable } from '../../../test/harness/scan-table.ts';
import { sideBySide, until } from '../../pace.ts';
import type { Violate } from '../fuzz-result.ts';
import { type FuzzMessage, messages } from './commands.ts';
import { type MessageVerdict, type SentMessage, type Traces, verdictOf } from './message-ledger.ts';

const SENDERS = 16;
/** Five attempts after unexpected failures take half a minute. A message that cannot be dead-lettered returns after ten seconds. */
const SETTLE_WITHIN_MS = 150_000;
export type MessageFigures = Awaited<ReturnType<MessageFuzz['settle']>>;

/** Sends malformed commands to the orders queue, and later searches for each of them. */
export class MessageFuzz {
  private readonly pipeline: LocalPipeline;
  private readonly violate: Violate;
  private readonly sent: SentMessage[] = [];
  /** The number of messages that SQS refused. */
  private notTaken = 0;

  constructor(pipeline: LocalPipeline, violate: Violate) {
    this.pipeline = pipeline;
    this.violate = violate;
  }

  async send(count: number, seed: number, onSent: (sent: number) => void): Promise<void> {
    const generated = fc.sample(messages, { numRuns: count, seed });
    await sideBySide(SENDERS, count, async (n) => {
      await this.sendOne(generated[n]!);
      onSent(this.sent.length + this.notTaken);
    });
  }

  /** Waits until the orders queue is empty, then determines the outcome of each message, and of the api's messages. */
  async settle() {
    const { sqs } = this.pipeline.clients;
    const { ordersQueueUrl } = this.pipeline.aws.resources;
    let left = 0;
    const isEmpty = async () => (left = await depthOf(sqs, ordersQueueUrl)) === 0;
    if (!(await until(isEmpty, SETTLE_WITHIN_MS))) this.violate(`${left} messages are still in the orders queue`);
    const traces = await this.traces();
    const verdict = verdictOf(this.sent, traces);
    this.note(verdict, traces);
    const reasons = Object.groupBy(traces.deadLettered.values(), ({ reason }) => reason || 'none');
    const deadLettered = Object.fromEntries(Object.entries(reasons).map(([reason, all]) => [reason, all!.length]));
    return { sent: this.sent.length, notTaken: this.notTaken, handled: verdict.handled, deadLettered };
  }

  private async sendOne({ body, attributes }: FuzzMessage): Promise<void> {
    try {
      const { MessageId } = await this.pipeline.clients.sqs.send(
        new SendMessageCommand({
          QueueUrl: this.pipeline.aws.resources.ordersQueueUrl,
          MessageBody: body,
          MessageAttributes: { ...attributes },
        }),
      );
      this.sent.push({ messageId: MessageId!, body });
    } catch (error) {
      // SQS refuses some characters.
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 400) throw error;
      this.notTaken += 1;
    }
  }

  private note({ lost, withoutReason, failed }: MessageVerdict, { deadLettered }: Traces): void {
    for (const { body } of lost.slice(0, 5))
      this.violate('a message was neither handled nor dead-lettered', shown(body));
    for (const { body } of withoutReason.slice(0, 5))
      this.violate('a message was dead-lettered without a reason', shown(body));
    for (const { message, how } of failed.slice(0, 5))
      this.violate(`the worker failed on a message: ${how}`, shown(message.body));
    const ours = new Set(this.sent.map(({ messageId }) => messageId));
    for (const [messageId, { reason }] of deadLettered) {
      if (ours.has(messageId)) continue;
      this.violate(`a message that the api accepted was dead-lettered: ${reason}`, `message ${messageId}, see the log`);
    }
  }

  private async traces(): Promise<Traces> {
    const { clients, aws } = this.pipeline;
    const { ordersTableName, commandOutcomesTableName, orderBatchesTableName, ordersDeadLetterQueueUrl } =
      aws.resources;
    const scan = <Item>(table: string, fields: string) => scanTable<Item>(clients.dynamodb, table, fields);
    const orders = await scan<Pick<StoredOrder, 'orderId' | 'history'>>(ordersTableName, 'orderId, history');
    const outcomes = await scan<{ commandId: string }>(commandOutcomesTableName, 'commandId');
    const parts = await scan<{ batchId: string; part: number }>(orderBatchesTableName, 'batchId, part');
    const deadLetters = await drainQueue(clients.sqs, ordersDeadLetterQueueUrl);
    const histories = orders.flatMap(({ history }) => history);
    return {
      orderIds: new Set(orders.map(({ orderId }) => orderId)),
      commandIds: new Set([...histories, ...outcomes].map(({ commandId }) => commandId)),
      batchParts: new Set(parts.map(({ batchId, part }) => `${batchId}:${part}`)),
      deadLettered: new Map(
        deadLetters.map((message) => {
          const { originalMessageId, code: reason = '', detail = '' } = attributesOf(message);
          return [originalMessageId ?? message.MessageId ?? '', { reason, detail }];
        }),
      ),
    };
  }
}

function shown(body: string): string {
  return `aws sqs send-message --message-body ${JSON.stringify(body.slice(0, 1_000))}`;
}
