import { prices } from '../../scaling/prices.ts';

const MILLION = 1_000_000;
const SQS_UNIT_BYTES = 65_536;
/** Write units of an item: half are orders of 1 to 2 KB with an index entry (3 units), half are claims on payments (1 unit). */
const ITEM_WRITE_UNITS = 2;
/** The read units of a projection, read with eventual consistency. */
const LOOKUP_UNITS = 0.5;

type Units = (items: number, bytes: number) => number;

const sqs: Units = (_, bytes) => Math.ceil(bytes / SQS_UNIT_BYTES) * prices.sqsMillionRequests;
const sns: Units = (items, bytes) =>
  items * prices.snsFifoMillionPublished + (bytes / 1e9) * MILLION * prices.snsFifoPublishedGigabyte;
const itemWrites: Units = (items) => items * ITEM_WRITE_UNITS * prices.dynamoMillionWrites;

/** The dollars of a million calls. Other actions cost nothing. */
const dollarsOfMillion: Readonly<Record<string, Units>> = {
  SendMessage: sqs,
  SendMessageBatch: sqs,
  ReceiveMessage: sqs,
  DeleteMessage: sqs,
  DeleteMessageBatch: sqs,
  ChangeMessageVisibilityBatch: sqs,
  BatchGetItem: (items) => items * LOOKUP_UNITS * prices.dynamoMillionReads,
  BatchExecuteStatement: itemWrites,
  PutItem: itemWrites,
  UpdateItem: (items) => items * prices.dynamoMillionWrites,
  Query: (items) => items * prices.dynamoMillionReads,
  GetRecords: () => prices.dynamoMillionStreamReads,
  Publish: sns,
  PublishBatch: sns,
};

/** AWS's charge for a call with this many items or messages, and bytes in both directions. */
export function dollarsOf(action: string, items: number, bytes: number): number {
  return (dollarsOfMillion[action]?.(items, bytes) ?? 0) / MILLION;
}
