import { OrderIds } from '#libs/orders';
import { type Environment, EnvironmentError } from '../environment.ts';
import { recordAct } from '../operations-log.ts';
import { paceOf } from '../pace.ts';
import { say, textOf } from '../terminal.ts';
import { responsibility } from '../tool.ts';
import type { DlqArguments } from './arguments.ts';
import { type DeadLetterMessage, type DeadLetterQueue, matches, readMessage } from './dead-letter-message.ts';
import { discardFile } from './discard-file.ts';
import { HeldMessages } from './held-messages.ts';
import { readQueue } from './queue-reading.ts';
import { openQuarantine, relayQueue } from './relay-queue.ts';

/** The clocks of this machine and of SQS can differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;
/** From a standard queue, at most this many messages are in flight at once. Those of one order among them go in order. */
const MAX_IN_FLIGHT = 1_000;
/** Messages are in flight no longer than half of the time for which they are hidden. */
const IN_FLIGHT_SECONDS = 60;
/** Messages between two lines about a long run's progress. */
const PROGRESS_EVERY = 500;

type Run = Awaited<ReturnType<typeof openRun>>;
export type ActResult = Awaited<ReturnType<typeof redriveOrDiscard>>;

/** Moves the selected messages back to where they came from, or with `--into` into a file. */
export async function redriveOrDiscard(
  environment: Environment,
  queue: DeadLetterQueue,
  typed: DlqArguments,
  signal: AbortSignal,
) {
  const run = await openRun(environment, queue, typed, signal);
  const { counts, stayed, quarantine } = run;
  const act = typed.into ? 'discard' : 'redrive';
  const details = { queue: queue.name, filter: typed.filter, rate: typed.rate, into: typed.into };
  const logged = { ...responsibility(typed), tool: 'dlq', act, details };
  const work = async () => {
    await moveMessages(run);
    if (signal.aborted) return 'INTERRUPTED';
    return counts.stayed + counts.returned + counts.elsewhere > 0 ? 'SOMETHING_STAYED' : 'DONE';
  };
  const outcome = await recordAct(environment, logged, work, () => counts);
  return { act, queue: queue.name, outcome, counts, stayed, quarantinedOrders: (await quarantine?.orders()) ?? [] };
}

async function openRun(environment: Environment, queue: DeadLetterQueue, typed: DlqArguments, signal: AbortSignal) {
  const { filter, rate, into } = typed;
  const who = responsibility(typed);
  const held = new HeldMessages(environment.sqs, await environment.queueUrl(queue.name));
  const quarantine = await queue.openQuarantine?.(environment);
  const destination = into ? discardFile(into, { ...who, queue: queue.name }) : await queue.openSource(environment);
  const counts = {
    moved: 0,
    /** Selected and not moved. */
    stayed: 0,
    /** Moved, and back in the queue. */
    returned: 0,
    /** Not selected, or behind one of its order that is not. */
    passedOver: 0,
    /** Came after the run had begun. */
    cameSince: 0,
    /** In flight elsewhere when the run began, so perhaps not seen. */
    elsewhere: await held.waitForOthers(signal),
  };
  return {
    queue,
    filter,
    held,
    destination,
    quarantine,
    signal,
    counts,
    stayed: [] as { messageId: string; orderId: string | undefined; code: string; why: string }[],
    /** Groups of a FIFO queue with a message that stays: no later one passes it. */
    blocked: new Set<string>(),
    /** Groups in quarantine of which one message was selected: the others go with it. */
    begun: new Set<string>(),
    maxInFlight: filter.order ? Number.POSITIVE_INFINITY : Math.min(MAX_IN_FLIGHT, rate * IN_FLIGHT_SECONDS),
    pace: paceOf(rate),
    beganAtMs: Date.now(),
  };
}

/** Receives the messages of a queue, moves those that are selected and deletes each only then. It gives back the others. */
async function moveMessages(run: Run): Promise<void> {
  try {
    while (!run.signal.aborted) {
      const messages = await receiveSelected(run);
      if (messages.length === 0) break;
      const lanes = Map.groupBy(messages, ({ groupId, orderKey, messageId }) => groupId ?? orderKey ?? messageId);
      await Promise.all([...lanes.values()].map((lane) => moveLane(run, lane)));
    }
  } finally {
    await run.held.giveBack();
  }
}

/** The next selected messages. Those of a FIFO queue come in order, the others are put in order. */
async function receiveSelected(run: Run): Promise<DeadLetterMessage[]> {
  const { held, queue, maxInFlight, signal } = run;
  const selected: DeadLetterMessage[] = [];
  while (selected.length < (queue.fifo ? 1 : maxInFlight) && !signal.aborted) {
    const received = await held.receive(signal);
    if (received.length === 0) break;
    const messages = received.map((message) => readMessage(message, queue));
    selected.push(...messages.filter((message) => selects(run, message)));
  }
  if (queue.fifo) return selected;
  const timeOf = ({ receivedAt, sentAt }: DeadLetterMessage) => receivedAt ?? sentAt;
  return selected.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
}

function selects(run: Run, message: DeadLetterMessage): boolean {
  const { groupId = '' } = message;
  const why = whyPassedOver(run, message, groupId);
  if (why) run.counts[why] += 1;
  (why ? run.blocked : run.begun).add(groupId);
  return !why;
}

function whyPassedOver(run: Run, message: DeadLetterMessage, groupId: string) {
  if (run.queue.fifo && run.blocked.has(groupId)) return 'passedOver';
  if (run.destination.hasReturned?.(message)) return 'returned';
  if (Date.parse(message.sentAt) > run.beganAtMs + CLOCK_TOLERANCE_MS) return 'cameSince';
  const goesOn = run.quarantine !== undefined && run.begun.has(groupId);
  return goesOn || matches(message, run.filter) ? undefined : 'passedOver';
}

/** Moves messages one after the other. When one stays, those behind it stay, too. */
async function moveLane(run: Run, lane: readonly DeadLetterMessage[]): Promise<void> {
  for (const [position, message] of lane.entries()) {
    await run.pace(1, run.signal).catch(() => undefined);
    if (run.signal.aborted) return;
    try {
      await move(run, message, lane[position - 1]);
    } catch (error) {
      stay(run, message, textOf(error));
      for (const behind of lane.slice(position + 1)) stay(run, behind, `it is behind ${message.messageId}`);
      return;
    }
  }
}

async function move(run: Run, message: DeadLetterMessage, before: DeadLetterMessage | undefined): Promise<void> {
  await run.destination.move(message, before);
  // Behind its last record the relay publishes an order again. The message leaves only after that, so that no order stays
  // in quarantine without a message.
  const { itemKey, sequenceNumber: lastQuarantined } = message.record?.record ?? {};
  if (itemKey && lastQuarantined) await run.quarantine?.end({ itemKey, lastQuarantined });
  await run.held.delete(message.message);
  run.counts.moved += 1;
  if (run.counts.moved % PROGRESS_EVERY === 0) say(`${run.counts.moved} messages so far`);
}

function stay(run: Run, { messageId, groupId, orderId, code }: DeadLetterMessage, why: string): void {
  if (groupId) run.blocked.add(groupId);
  run.counts.stayed += 1;
  run.stayed.push({ messageId, orderId, code, why });
}

/**
 * Ends the quarantine of an order whose last message is lost. Resolves to false when another record has followed since.
 *
 * @throws EnvironmentError when the order is not in quarantine, or has messages, or not all messages can be seen
 */
export async function unpark(environment: Environment, typed: DlqArguments, signal: AbortSignal): Promise<boolean> {
  const { order = '' } = typed.filter;
  const who = responsibility(typed);
  const quarantine = await openQuarantine(environment);
  const orders = await quarantine.orders();
  const quarantined = orders.find(({ orderKey }) => orderKey === OrderIds.keyOf(order));
  const { stageOption } = environment;
  if (!quarantined)
    throw new EnvironmentError(
      `the order ${order} is not in quarantine: npm run dlq${stageOption} shows those that are`,
    );
  const { name } = relayQueue;
  const { messages, complete, depth } = await readQueue(environment, relayQueue, signal);
  if (!complete || depth.inFlight > 0)
    throw new EnvironmentError(
      `not all of ${name} can be seen now, ${depth.inFlight} messages are in flight elsewhere: try again in two minutes`,
    );
  if (messages.some((message) => matches(message, { order })))
    throw new EnvironmentError(
      `${name} has messages of ${order}: type npm run dlq -- redrive ${name} --order ${order}${stageOption} --why "..."`,
    );
  const act = { ...who, tool: 'dlq', act: 'unpark', details: { order, lastQuarantined: quarantined.lastQuarantined } };
  const end = async () => ((await quarantine.end(quarantined)) ? 'DONE' : 'MORE_HAVE_FOLLOWED');
  return (await recordAct(environment, act, end, () => ({}))) === 'DONE';
}
