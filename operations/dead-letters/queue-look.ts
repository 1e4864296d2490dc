import type { Target } from '../target.ts';
import type { DeadLetterQueue } from './dead-letter-queues.ts';
import { type DeadLetter, readLetter } from './dead-letter.ts';
import { type Depth, LetterBox } from './letter-box.ts';

/** More are hidden from others for the time of a look, and kept in memory. */
const MOST_LOOKED_AT = 10_000;
/** Well before what was received first comes back. */
const LOOK_TIMEOUT_MS = 60_000;

/** What was seen of a queue. */
export interface QueueLook {
  queue: DeadLetterQueue;
  depth: Depth;
  /** As they came; of a FIFO queue each order's first ones. */
  letters: DeadLetter[];
  /** Messages that are there and were not seen. */
  unseen: number;
  /** False: it ended before there was no more to be had. */
  complete: boolean;
}

/**
 * Sees what lies in a queue without taking it: receives all that there is and gives it back at once. Of a FIFO queue SQS
 * shows each order's first messages alone (up to ten; the emulator one), as long as these are there.
 */
export async function lookInto(
  target: Target,
  queue: DeadLetterQueue,
  signal: AbortSignal,
  enough: (letter: DeadLetter) => boolean = () => false,
): Promise<QueueLook> {
  const box = new LetterBox(target.sqs, await target.queueUrl(queue.name));
  const depth = await box.depth();
  const letters: DeadLetter[] = [];
  let complete = false;
  const until = performance.now() + LOOK_TIMEOUT_MS;
  try {
    while (letters.length < MOST_LOOKED_AT && performance.now() < until && !signal.aborted) {
      const received = (await box.receive(signal)).map((message) => readLetter(message, queue));
      letters.push(...received);
      complete = received.length === 0 && !signal.aborted;
      if (complete || received.some(enough)) break;
    }
  } finally {
    await box.giveBack();
  }
  const unseen = Math.max(0, depth.visible + depth.inFlight - letters.length);
  return { queue, depth, letters, unseen, complete };
}
