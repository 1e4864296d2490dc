import { setTimeout as pause } from 'node:timers/promises';
import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Dependencies } from './deliveries.ts';

/** The messages that are handled at once. */
const MAX_AT_ONCE = 64;
const LONG_POLL_SECONDS = 20;
const FAILED_POLL_PAUSE_MS = 1_000;

type Reading = Pick<Dependencies, 'sqs' | 'queueUrl' | 'log'> & { readonly signal: AbortSignal };

/**
 * Receives messages until the signal aborts, then waits for those that are being handled. Each call receives one message: of
 * several, the later ones of a group would have to be given back when the first one fails.
 */
export async function followQueue(reading: Reading, handle: (message: Message) => Promise<void>): Promise<void> {
  const { signal, log } = reading;
  const handled = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (handled.size >= MAX_AT_ONCE) await Promise.race(handled);
    const message = await receive(reading);
    if (!message) continue;
    const handling = handle(message)
      .catch((error: Error) => log('message_left', { messageId: message.MessageId, reason: error.message }))
      .finally(() => handled.delete(handling));
    handled.add(handling);
  }
  await Promise.all(handled);
}

async function receive({ sqs, queueUrl, signal, log }: Reading): Promise<Message | undefined> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    WaitTimeSeconds: LONG_POLL_SECONDS,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateFirstReceiveTimestamp', 'MessageGroupId'],
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
