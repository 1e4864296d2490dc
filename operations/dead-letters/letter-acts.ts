import { relayDeadLetterQueue } from '#libs/resources';
import { OrderIds } from '#libs/orders';
import { type Act, AuditLog, responsibility } from '../audit-log.ts';
import type { Target } from '../target.ts';
import { TargetError } from '../usage-error.ts';
import { deadLetterQueue, type DeadLetterQueue } from './dead-letter-queues.ts';
import { decisionsOf } from './decided-commands.ts';
import { DiscardFile } from './discard-file.ts';
import type { DlqArguments } from './dlq-arguments.ts';
import { LetterBox } from './letter-box.ts';
import { filterText, matches } from './letter-filter.ts';
import { type LetterMover, LetterRun, type RunCounts, type StayedLetter } from './letter-run.ts';
import { LostImages } from './lost-images.ts';
import { OrderEventsTopic } from './order-events-topic.ts';
import { Pace } from '../pace.ts';
import { type ParkedOrder, ParkedOrders } from './parked-orders.ts';
import { lookInto, type QueueLook } from './queue-look.ts';
import { runProgress } from './run-progress.ts';
import { SourceQueue } from './source-queue.ts';

/** What an act came to. */
export interface ActResult {
  act: 'redrive' | 'discard';
  queue: string;
  filter: string;
  outcome: 'DONE' | 'SOMETHING_STAYED' | 'INTERRUPTED';
  counts: RunCounts;
  stayed: { messageId: string; orderId: string | undefined; code: string; why: string }[];
  /** Of the relay's queue: orders that wait on. */
  parkedOrders: ParkedOrder[];
}

type ActArguments = DlqArguments & { readonly queue: DeadLetterQueue };

/** Redrives or discards: each message leaves its queue once it has arrived elsewhere. */
export async function playAct(
  target: Target,
  typed: ActArguments,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<ActResult> {
  const { queue, filter, rate } = typed;
  const act = typed.command as ActResult['act'];
  const who = responsibility(typed);
  const box = new LetterBox(target.sqs, await target.queueUrl(queue.name));
  const elsewhere = await box.othersDone(signal, say);
  const { visible } = await box.depth();
  const parked = queue.kind === 'record' ? await ParkedOrders.of(target) : undefined;
  const { mover, close } = await moverOf(target, typed, parked);
  const details = { queue: queue.name, filter: filterText(filter), rate, ...(typed.into && { into: typed.into }) };
  const begun = await new AuditLog(target, say).begin({ ...who, tool: 'dlq', act, details } satisfies Act);
  const onProgress = runProgress(act, visible, say);
  const run = new LetterRun({ box, queue, filter, mover, rate, pace: new Pace(rate), signal, elsewhere, onProgress });
  let failure: unknown;
  try {
    await run.play();
  } catch (error) {
    failure = error;
  }
  await close();
  const outcome = signal.aborted
    ? 'INTERRUPTED'
    : run.counts.stayed + run.counts.returned + run.counts.elsewhere > 0
      ? 'SOMETHING_STAYED'
      : 'DONE';
  await begun.end(failure === undefined ? outcome : 'FAILED', { ...run.counts });
  if (failure !== undefined) throw failure as Error;
  const parkedOrders = parked ? await parked.all() : [];
  return {
    act,
    queue: queue.name,
    filter: details.filter,
    outcome,
    counts: run.counts,
    stayed: run.stayed.map(stayedOf),
    parkedOrders,
  };
}

async function moverOf(
  target: Target,
  { queue, command, into = '', by, why }: ActArguments,
  parked: ParkedOrders | undefined,
): Promise<{ mover: LetterMover; close: () => Promise<void> }> {
  const close = async (): Promise<void> => undefined;
  if (command === 'discard') {
    const file = await DiscardFile.open(into, { ...responsibility({ by, why }), queue: queue.name }, parked);
    return { mover: file, close: () => file.close() };
  }
  if (parked) {
    return { mover: new OrderEventsTopic(target, await target.topicArn(), parked, new LostImages(target)), close };
  }
  const url = await target.queueUrl(queue.source ?? '');
  return { mover: new SourceQueue(target.sqs, url, queue.fifo ? undefined : decisionsOf(target)), close };
}

/** What an act would select, of what can be seen. */
export async function dryRun(target: Target, { queue, filter }: ActArguments, signal: AbortSignal) {
  const look: QueueLook = await lookInto(target, queue, signal);
  return { look, selected: look.letters.filter((letter) => matches(letter, filter)) };
}

/** The parking of an order ends whose last letter is lost. @throws TargetError when the order or its letters say otherwise */
export async function unpark(
  target: Target,
  order: string,
  typed: DlqArguments,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<boolean> {
  const who = responsibility(typed);
  const queue = deadLetterQueue(relayDeadLetterQueue.name);
  const parked = await ParkedOrders.of(target);
  const item = await parked.find(OrderIds.keyOf(order));
  if (!item)
    throw new TargetError(`the order ${order} is not parked: npm run dlq${target.stageOption} shows those that are`);
  const { letters, complete, depth } = await lookInto(target, queue, signal);
  if (!complete || depth.inFlight > 0) {
    throw new TargetError(
      `not all of ${queue.name} can be seen now, ${depth.inFlight} messages are in somebody else’s hands: try again in two minutes`,
    );
  }
  if (letters.some((letter) => matches(letter, { order }))) {
    throw new TargetError(
      `letters of ${order} lie in ${queue.name}: type npm run dlq -- redrive ${queue.name} --order ${order}${target.stageOption} --why "..."`,
    );
  }
  const details = { order, lastParked: item.lastParked };
  const begun = await new AuditLog(target, say).begin({ ...who, tool: 'dlq', act: 'unpark', details });
  const done = await parked.unpark(item);
  await begun.end(done ? 'DONE' : 'MORE_HAVE_FOLLOWED', {});
  return done;
}

function stayedOf({ letter, why }: StayedLetter): ActResult['stayed'][number] {
  const { messageId, orderId, code } = letter;
  return { messageId, orderId, code, why };
}
