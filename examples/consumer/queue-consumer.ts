import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueUrlCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';

const BATCH_SIZE = 10;
const LONG_POLL_SECONDS = 20;
const FAILED_POLL_PAUSE_MS = 1_000;
/** Five seconds less than Docker and ECS wait before they kill. */
const DRAIN_TIMEOUT_MS = 25_000;

/** Takes the body of one message. The message is deleted after this has resolved; after a rejection it comes back. */
export type Take = (body: string) => Promise<void>;

export type Log = (event: string, fields?: object) => void;

/**
 * Runs a subscriber until SIGTERM or SIGINT: messages of one order are taken one after the other, those of different orders at the
 * same time. `start` opens what the subscriber needs. If anything is missing at the start, the process ends with one clear line.
 *
 * Variables: `QUEUE` (default: `{service}.fifo`), and those of the AWS SDK.
 */
export async function runSubscriber(service: string, start: (log: Log) => Take | Promise<Take>): Promise<void> {
  const log = logOf(service);
  try {
    const take = await start(log);
    await consumeQueue(process.env['QUEUE'] || `${service}.fifo`, take, log);
  } catch (error) {
    log('start_failed', { reason: (error as Error).message });
    process.exit(1);
  }
  // A call that still waits for its answer must not keep the process alive: its message comes back.
  process.exit(0);
}

/** Writes one line of JSON for each event. */
export function logOf(service: string): Log {
  return (event, fields) =>
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), service, event, ...fields })}\n`);
}

/** The value of a variable. @throws Error that names the variable if it is not set */
export function required(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} must be set: see the README in this folder`);
  return value;
}

async function consumeQueue(name: string, take: Take, log: Log): Promise<void> {
  // Calls go to the client's endpoint: an emulator's queue URL may name a host that only the emulator knows.
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  const queueUrl = await urlOf(sqs, name);
  let polling = true;
  let failed = false;
  const consumer = Consumer.create({
    sqs,
    queueUrl,
    suppressFifoWarning: true,
    batchSize: BATCH_SIZE,
    waitTimeSeconds: LONG_POLL_SECONDS,
    messageSystemAttributeNames: ['MessageGroupId'],
    pollingCompleteWaitTimeMs: DRAIN_TIMEOUT_MS,
    preReceiveMessageCallback: async () => {
      if (failed) await sleep(FAILED_POLL_PAUSE_MS);
      polling = true;
    },
    postReceiveMessageCallback: async () => {
      polling = failed = false;
    },
    handleMessageBatch: (messages) => takeAll(messages, take, log),
  });
  consumer.on('error', (error) => {
    failed = polling;
    if (consumer.status.isRunning) log('queue_call_failed', { reason: error.message });
  });
  const stopped = new Promise((resolve) => consumer.once('stopped', resolve));
  // An abort would also cut off the deletion of messages that were taken, so only a poll is aborted.
  const stop = () => consumer.stop({ abort: polling });
  process.once('SIGTERM', stop).once('SIGINT', stop);
  log('service_started', { queue: name });
  consumer.start();
  await stopped;
  sqs.destroy();
  log('service_stopped');
}

async function urlOf(sqs: SQSClient, name: string): Promise<string> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;
  } catch (error) {
    const reason = (error as Error).message || (error as Error).name;
    throw new Error(`there is no queue ${name} (${reason}): start the pipeline first, or set QUEUE`, { cause: error });
  }
}

/** Returns the messages to delete. A message behind one of the same order that failed is not taken. */
async function takeAll(messages: readonly Message[], take: Take, log: Log): Promise<Message[]> {
  const orders = Map.groupBy(messages, ({ Attributes }) => Attributes?.MessageGroupId);
  const taken = await Promise.all([...orders.values()].map((ofOrder) => takeInOrder(ofOrder, take, log)));
  return taken.flat();
}

async function takeInOrder(messages: readonly Message[], take: Take, log: Log): Promise<Message[]> {
  const taken: Message[] = [];
  for (const message of messages) {
    try {
      await take(message.Body ?? '');
      taken.push(message);
    } catch (error) {
      const { code, message: reason } = error as Error & { code?: string };
      log('message_left', { messageId: message.MessageId, code, reason });
      break;
    }
  }
  return taken;
}
