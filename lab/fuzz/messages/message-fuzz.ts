import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { DEAD_LETTER_ATTRIBUTES } from '#libs/orders';
import { depthOf } from '../../chaos/settling.ts';
import type { FuzzedPipeline } from '../pipeline/fuzzed-pipeline.ts';
import type { Violation } from '../violation.ts';
import { type FuzzMessage, messages } from './commands.ts';
import { type MessageVerdict, type SentMessage, type Traces, verdictOf } from './message-ledger.ts';
import { drained } from './queue-reading.ts';
import { scanned } from './table-reading.ts';

const SENDERS = 16;
/** Five tries of what fails unexpectedly take half a minute; a park that failed comes again after ten seconds. */
const SETTLE_WITHIN_MS = 150_000;
const LOOK_EVERY_MS = 250;
/** Two requests with one key and other content at the same time: the api cannot know, the worker parks the later. */
const PARKED_THOUGH_ACCEPTED = 'IDEMPOTENCY_CONFLICT';

export interface MessageFigures {
  readonly sent: number;
  /** By SQS itself. */
  readonly notTaken: number;
  readonly handled: number;
  readonly parked: Readonly<Record<string, number>>;
}

/** Puts what is no command, and what nearly is one, into the orders queue, and looks for each of them afterwards. */
export class MessageFuzz {
  readonly violations: Violation[] = [];
  private readonly pipeline: FuzzedPipeline;
  private readonly sent: SentMessage[] = [];
  private notTaken = 0;

  constructor(pipeline: FuzzedPipeline) {
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

  /** Waits until the worker has nothing left, then says what became of each. Of a run without messages: of what HTTP made. */
  async settle(): Promise<MessageFigures> {
    const { sqs } = this.pipeline.clients;
    const { ordersQueueUrl } = this.pipeline.aws.resources;
    const deadline = performance.now() + SETTLE_WITHIN_MS;
    let left = await depthOf(sqs, ordersQueueUrl);
    while (left > 0 && performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
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
    const orders = await scanned(clients.dynamodb, ordersTableName, 'orderId, history');
    const outcomes = await scanned(clients.dynamodb, commandOutcomesTableName, 'commandId');
    const parts = await scanned(clients.dynamodb, orderBatchesTableName, 'batchId, part');
    const letters = await drained(clients.sqs, ordersDeadLetterQueueUrl);
    const histories = orders.flatMap(({ history }) => history as { commandId: string }[]);
    return {
      orderIds: new Set(orders.map(({ orderId }) => String(orderId))),
      commandIds: new Set([...histories, ...outcomes].map(({ commandId }) => String(commandId))),
      batchParts: new Set(parts.map(({ batchId, part }) => `${String(batchId)}:${String(part)}`)),
      parked: new Map(
        letters.map(({ MessageId = '', MessageAttributes = {} }) => [
          MessageAttributes[DEAD_LETTER_ATTRIBUTES.originalMessageId]?.StringValue ?? MessageId,
          {
            reason: MessageAttributes[DEAD_LETTER_ATTRIBUTES.code]?.StringValue ?? '',
            detail: MessageAttributes[DEAD_LETTER_ATTRIBUTES.detail]?.StringValue ?? '',
          },
        ]),
      ),
    };
  }
}

function shown(body: string): string {
  return `aws sqs send-message --message-body ${JSON.stringify(body.slice(0, 1_000))}`;
}
