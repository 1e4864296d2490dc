import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';

const LONG_POLL_SECONDS = 20;
const FAILED_POLL_PAUSE_MS = 1_000;
/** Five seconds less than Docker and ECS wait before they kill. */
const DRAIN_TIMEOUT_MS = 25_000;
const CONNECTION_TIMEOUT_MS = 1_000;
/** Longer than a long poll. */
const REQUEST_TIMEOUT_MS = 30_000;

export type Log = (event: string, fields?: object) => void;

export interface Queue {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly log: Log;
}

/** Keeps a message in the queue and hides it for so long, at most 12 hours. Later messages of its order wait behind it. */
export interface Hide {
  readonly hideSeconds: number;
}

/** Takes one message. The message is deleted or hidden after this has resolved; after a rejection it comes back. */
export type Take = (message: Message) => Promise<Hide | undefined>;

/**
 * Runs a subscriber until SIGTERM or SIGINT. `start` opens what the subscriber needs. If anything is missing at the start, the
 * process ends with one clear line.
 *
 * Variables: `QUEUE` (default: `{service}.fifo`), and those of the AWS SDK.
 *
 * @param mostAtOnce The messages that are taken at once, each of another order
 */
export async function runSubscriber(
  service: string,
  start: (queue: Queue) => Take | Promise<Take>,
  mostAtOnce = 10,
): Promise<void> {
  const log = logOf(service);
  try {
    const name = process.env['QUEUE'] || `${service}.fifo`;
    const queue = await openQueue(name, log);
    const take = await start(queue);
    const stopping = new AbortController();
    const stop = () => stopping.abort();
    process.once('SIGTERM', stop).once('SIGINT', stop);
    log('service_started', { queue: name });
    await followQueue(queue, take, mostAtOnce, stopping.signal);
    log('service_stopped');
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

export function newClient(requestTimeout: number, options: SQSClientConfig = {}): SQSClient {
  const requestHandler = { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true };
  // Calls go to the client's endpoint: an emulator's queue URL may name a host that only the emulator knows.
  return new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler, ...options });
}

async function openQueue(name: string, log: Log): Promise<Queue> {
  const sqs = newClient(REQUEST_TIMEOUT_MS);
  try {
    return { sqs, queueUrl: (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!, log };
  } catch (error) {
    const reason = (error as Error).message || (error as Error).name;
    throw new Error(`there is no queue ${name} (${reason}): start the pipeline first, or set QUEUE`, { cause: error });
  }
}

/**
 * Receives messages until the signal aborts, then waits for those that are being taken. A FIFO queue gives out no later message of
 * an order until this one is deleted or visible again. So each call receives one message, and orders never wait for each other.
 */
export async function followQueue(
  queue: Queue,
  take: Take,
  mostAtOnce: number,
  signal: AbortSignal,
  drainTimeoutMs = DRAIN_TIMEOUT_MS,
): Promise<void> {
  const taking = new Set<Promise<void>>();
  const aborted = once(signal, 'abort');
  while (!signal.aborted) {
    if (taking.size >= mostAtOnce) await Promise.race([...taking, aborted]);
    const message = await receive(queue, signal);
    if (!message) continue;
    const taken = settle(queue, message, take).finally(() => taking.delete(taken));
    taking.add(taken);
  }
  await Promise.race([Promise.all(taking), pause(drainTimeoutMs, undefined, { ref: false })]);
}

async function receive({ sqs, queueUrl, log }: Queue, signal: AbortSignal): Promise<Message | undefined> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    WaitTimeSeconds: LONG_POLL_SECONDS,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  try {
    return (await sqs.send(command, { abortSignal: signal })).Messages?.[0];
  } catch (error) {
    if (signal.aborted) return undefined;
    log('queue_call_failed', { reason: (error as Error).message });
    await pause(FAILED_POLL_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    return undefined;
  }
}

async function settle({ sqs, queueUrl, log }: Queue, message: Message, take: Take): Promise<void> {
  const one = { QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle };
  try {
    const hidden = await take(message);
    if (!hidden) await sqs.send(new DeleteMessageCommand(one));
    else await sqs.send(new ChangeMessageVisibilityCommand({ ...one, VisibilityTimeout: hidden.hideSeconds }));
  } catch (error) {
    const { code, message: reason } = error as Error & { code?: string };
    log('message_left', { messageId: message.MessageId, code, reason });
  }
}
