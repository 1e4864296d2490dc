import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import type { StoredOrder } from '#libs/orders';
import { attributesOf, depthOf, drainQueue } from '../../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { scanTable } from '../../../test/harness/scan-table.ts';
import type { Violation } from '../fuzz-result.ts';
import { type FuzzMessage, messages } from './commands.ts';
import { type MessageVerdict, type SentMessage, type Traces, verdictOf } from './message-ledger.ts';

const SENDERS = 16;
/** Five tries of what fails unexpectedly take half a minute; what could not be parked comes again after ten seconds. */
const SETTLE_WITHIN_MS = 150_000;
const CHECK_EVERY_MS = 250;
/** Of two requests with one key and other content at the same time the api accepts both; the worker parks the later. */
const PARKED_THOUGH_ACCEPTED = 'IDEMPOTENCY_CONFLICT';

export interface MessageFigures {
  readonly sent: number;
  /** By SQS itself. */
  readonly notTaken: number;
  readonly handled: number;
  readonly parked: Readonly<Record<string, number>>;
}

/** Sends malformed commands to the orders queue, and searches for each of them afterwards. */
export class MessageFuzz {
  readonly violations: Violation[] = [];
  private readonly pipeline: LocalPipeline;
  private readonly sent: SentMessage[] = [];
  private notTaken = 0;

  constructor(pipeline: LocalPipeline) {
    this.pipeline = pipeline;
  }

  async send(count: number, seed: number, onSent: (sent: number) => void): Promise<void> {
    const generated = fc.sample(messages, { numRuns: count, seed });
    const sender = async (from: number): Promise<void> => {
      for (let n = from; n < generated.length; n += SENDERS) {
        await this.sendOne(generated[n]!);
        onSent(this.sent.length + this.notTaken);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, (_, from) => sender(from)));
  }

  /** Waits until the worker has nothing left, then finds out what became of each, and of what the api has enqueued. */
  async settle(): Promise<MessageFigures> {
    const { sqs } = this.pipeline.clients;
    const { ordersQueueUrl } = this.pipeline.aws.resources;
    const deadline = performance.now() + SETTLE_WITHIN_MS;
    let left = await depthOf(sqs, ordersQueueUrl);
    while (left > 0 && performance.now() < deadline) {
      await sleep(CHECK_EVERY_MS);
      left = await depthOf(sqs, ordersQueueUrl);
    }
    if (left > 0)
      this.violations.push({ what: `${left} messages are still in the orders queue`, repeat: 'see the log' });
    const traces = await this.traces();
    const verdict = verdictOf(this.sent, traces);
    this.note(verdict, traces);
    const reasons = Object.groupBy(traces.parked.values(), ({ reason }) => reason || 'none');
    const parked = Object.fromEntries(Object.entries(reasons).map(([reason, all]) => [reason, all!.length]));
    return { sent: this.sent.length, notTaken: this.notTaken, handled: verdict.handled, parked };
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
      // Characters that SQS does not carry never come to the worker.
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 400) throw error;
      this.notTaken += 1;
    }
  }

  private note({ lost, withoutReason, failed }: MessageVerdict, { parked }: Traces): void {
    for (const { body } of lost.slice(0, 5)) {
      this.violations.push({ what: 'a message was neither handled nor parked', repeat: shown(body) });
    }
    for (const { body } of withoutReason.slice(0, 5))
      this.violations.push({ what: 'a message was parked without a reason', repeat: shown(body) });
    for (const { message, how } of failed.slice(0, 5))
      this.violations.push({ what: `the worker failed on a message: ${how}`, repeat: shown(message.body) });
    const ours = new Set(this.sent.map(({ messageId }) => messageId));
    for (const [messageId, { reason }] of parked) {
      if (ours.has(messageId) || reason === PARKED_THOUGH_ACCEPTED) continue;
      this.violations.push({
        what: `what the api has accepted was parked: ${reason}`,
        repeat: `message ${messageId}, see the log`,
      });
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
      parked: new Map(
        deadLetters.map((message) => {
          const { originalMessageId, reason = '', detail = '' } = attributesOf(message);
          return [originalMessageId ?? message.MessageId ?? '', { reason, detail }];
        }),
      ),
    };
  }
}

function shown(body: string): string {
  return `aws sqs send-message --message-body ${JSON.stringify(body.slice(0, 1_000))}`;
}
