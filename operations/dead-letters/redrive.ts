import { OrderIds } from '#libs/orders';
import { type Environment, EnvironmentError } from '../environment.ts';
import { logOperation } from '../operations-log.ts';
import { paceOf } from '../pace.ts';
import { say, textOf } from '../terminal.ts';
import { responsibility } from '../tool.ts';
import type { DlqArguments } from './arguments.ts';
import {
  type DeadLetterMessage,
  type DeadLetterQueue,
  matches,
  type MessageFilter,
  readMessage,
} from './dead-letter-message.ts';
import { discardFile } from './discard-file.ts';
import { HeldMessages } from './held-messages.ts';
import { readQueue } from './queue-reading.ts';
import { openQuarantine, relayQueue } from './relay-queue.ts';

/** The clocks of this machine and SQS may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;
/** From a standard queue, at most this many messages are in flight at once. One order's messages are moved in order. */
const MAX_IN_FLIGHT = 1_000;
/** Half of the time for which received messages are hidden: no message is in flight longer. */
const IN_FLIGHT_SECONDS = 60;
/** A long run prints its progress after this many messages. */
const PROGRESS_EVERY = 500;

/** The messages that a dry run has shown to a person, who then confirms it. */
export interface DryRun {
  readonly messageIds: ReadonlySet<string>;
  readonly readAtMs: number;
}

type Run = Awaited<ReturnType<typeof openRun>>;
export type MoveResult = Awaited<ReturnType<typeof redriveOrDiscard>>;

/**
 * Moves the selected messages back to their source, or with `--into` into a file. After a dry run, it moves the messages that
 * were shown, and in a FIFO queue the selected ones behind them, which a dry run cannot see, if they were sent before it.
 *
 * @param onStart called with the counts, which the run changes while it works
 */
export async function redriveOrDiscard(
  environment: Environment,
  queue: DeadLetterQueue,
  typed: Pick<DlqArguments, 'command' | 'rate' | 'into' | 'by' | 'why'> & {
    filter: MessageFilter;
    dryRunShown?: DryRun;
  },
  signal: AbortSignal,
  onStart: (counts: Readonly<Record<string, number>>) => void = () => undefined,
) {
  const run = await openRun(environment, queue, typed, signal);
  onStart(run.counts);
  const { counts, stayed, quarantine } = run;
  const { command, filter, rate, into, dryRunShown } = typed;
  const details = { queue: queue.name, filter, rate, into, shown: dryRunShown?.messageIds.size };
  const logged = { ...responsibility(typed), tool: 'dlq', operation: command, details };
  const work = async () => {
    await moveMessages(run);
    if (signal.aborted) return 'INTERRUPTED';
    return counts.stayed + counts.returned + counts.elsewhere + counts.gone > 0 ? 'SOMETHING_STAYED' : 'DONE';
  };
  const outcome = await logOperation(environment, logged, work, () => counts);
  return {
    operation: command,
    queue: queue.name,
    outcome,
    counts,
    stayed,
    quarantinedOrders: (await quarantine?.orders()) ?? [],
  };
}

async function openRun(
  environment: Environment,
  queue: DeadLetterQueue,
  typed: Parameters<typeof redriveOrDiscard>[2],
  signal: AbortSignal,
) {
  const { command, filter, rate, into = '', dryRunShown } = typed;
  const who = responsibility(typed);
  const held = new HeldMessages(environment.sqs, await environment.queueUrl(queue.name));
  const quarantine = await queue.openQuarantine?.(environment);
  const destination =
    command === 'discard' ? discardFile(into, { ...who, queue: queue.name }) : await queue.openDestination(environment);
  const counts = {
    moved: 0,
    /** Messages that were selected and not moved. */
    stayed: 0,
    /** Messages that were moved and came back. */
    returned: 0,
    /** Messages that were not selected, or are behind such a message of their order. */
    passedOver: 0,
    /** Messages that arrived after the start. */
    cameSince: 0,
    /** Messages that another process had in flight at the start, so this run possibly did not receive them. */
    elsewhere: await held.waitForOthers(signal),
    /** Messages that the dry run has shown and that are not in the queue any more. */
    gone: 0,
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
    /** Groups of a FIFO queue with a message that stays: no later message of the group passes it. */
    blocked: new Set<string>(),
    /** Quarantined groups with a selected message: their other messages are moved as well. */
    started: new Set<string>(),
    maxInFlight: filter.order ? Number.POSITIVE_INFINITY : Math.min(MAX_IN_FLIGHT, rate * IN_FLIGHT_SECONDS),
    pace: paceOf(rate),
    dryRunShown,
    /** The messages that the dry run has shown and that were not received yet. */
    awaited: new Set(dryRunShown?.messageIds),
    untilMs: dryRunShown?.readAtMs ?? Date.now() + CLOCK_TOLERANCE_MS,
  };
}

/** Receives the messages of a queue, moves those that are selected, deletes each moved message, and gives back the others. */
async function moveMessages(run: Run): Promise<void> {
  try {
    while (!run.signal.aborted) {
      const messages = await receiveSelected(run);
      if (messages.length === 0) {
        run.counts.gone = run.awaited.size;
        break;
      }
      const lanes = Map.groupBy(messages, ({ groupId, orderKey, messageId }) => groupId ?? orderKey ?? messageId);
      await Promise.all([...lanes.values()].map((lane) => moveLane(run, lane)));
    }
  } finally {
    await run.held.giveBack();
  }
}

/** Receives the next selected messages and returns them in order. A FIFO queue delivers them in order. */
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
  run.awaited.delete(message.messageId);
  if (why) run.counts[why] += 1;
  (why ? run.blocked : run.started).add(groupId);
  return !why;
}

function whyPassedOver(run: Run, message: DeadLetterMessage, groupId: string) {
  const { queue, destination, dryRunShown, quarantine } = run;
  if (queue.fifo && run.blocked.has(groupId)) return 'passedOver';
  if (destination.hasReturned?.(message)) return 'returned';
  if (dryRunShown?.messageIds.has(message.messageId)) return undefined;
  if (Date.parse(message.sentAt) > run.untilMs) return 'cameSince';
  const isBehindSelected = queue.fifo && run.started.has(groupId);
  if (dryRunShown && !isBehindSelected) return 'passedOver';
  const isWithOthers = quarantine !== undefined && isBehindSelected;
  return isWithOthers || matches(message, run.filter) ? undefined : 'passedOver';
}

/** Moves messages one after the other. When one stays, all behind it stay as well. */
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
  // After the last quarantined record, the relay publishes the order's events again. The message is deleted after that, so
  // that no order stays in quarantine without a message.
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
 * Ends the quarantine of an order whose last message is lost. Resolves to false when another record was quarantined meanwhile.
 *
 * @throws EnvironmentError when the order is not in quarantine, or has messages, or not all messages can be received
 */
export async function releaseOrder(
  environment: Environment,
  typed: DlqArguments,
  signal: AbortSignal,
): Promise<boolean> {
  const { order = '' } = typed.filter;
  const who = responsibility(typed);
  const quarantine = await openQuarantine(environment);
  const orders = await quarantine.orders();
  const quarantined = orders.find(({ orderKey }) => orderKey === OrderIds.keyOf(order));
  const { stageOption } = environment;
  if (!quarantined)
    throw new EnvironmentError(
      `the order ${order} is not in quarantine: npm run dlq${stageOption} shows the quarantined orders`,
    );
  const { name } = relayQueue;
  const { messages, complete, depth } = await readQueue(environment, relayQueue, signal);
  if (!complete || depth.inFlight > 0)
    throw new EnvironmentError(
      `not all messages of ${name} can be received now, ${depth.inFlight} are in flight elsewhere: try again in two minutes`,
    );
  if (messages.some((message) => matches(message, { order })))
    throw new EnvironmentError(
      `${name} has messages of ${order}: type npm run dlq -- redrive ${name} --order ${order}${stageOption} --why "..."`,
    );
  const details = { order, lastQuarantined: quarantined.lastQuarantined };
  const operation = { ...who, tool: 'dlq', operation: 'unpark', details };
  const end = async () => ((await quarantine.end(quarantined)) ? 'DONE' : 'MORE_HAVE_FOLLOWED');
  return (await logOperation(environment, operation, end, () => ({}))) === 'DONE';
}
