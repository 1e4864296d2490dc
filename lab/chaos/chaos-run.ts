import { randomUUID } from 'node:crypto';
import { SeededRandom } from '#libs/dynamodb-streams';
import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import { depthOf } from '../../local/aws/queue-reader.ts';
import type { LocalPipeline } from '../../local/local-pipeline.ts';
import { reconciledWithReports } from '../../local/reconciliation.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import type { ChaosOptions } from './chaos-options.ts';
import { ChaosPipeline } from './chaos-pipeline.ts';
import { type AnswerPromise, Answers } from './clients/answers.ts';
import { Customers } from './clients/customers.ts';
import { EventService } from './clients/event-service.ts';
import { PersistentCaller } from './clients/persistent-caller.ts';
import { Warehouse } from './clients/warehouse.ts';
import { type Evidence, Receipts } from './ledger/evidence.ts';
import { verdictOf } from './ledger/ledger.ts';
import { violationLines, resultOf, type RunResult } from './report/run-result.ts';
import { type Second, Timeline } from './report/timeline.ts';
import type { Moment } from './scenarios/moment.ts';
import { SchedulePlayer } from './scenarios/schedule-player.ts';
import { scenarios } from './scenarios/scenarios.ts';
import { deadLetters, settled } from './settling.ts';

const CUSTOMERS = 20;
/** The time for which clients repeat their requests after the end of all faults. */
const ACCEPT_WITHIN_MS = 60_000;

interface ChaosRunOptions extends ChaosOptions {
  readonly moments: readonly Moment[];
  /** Receives the output of the pipeline's processes. */
  readonly write: WriteLine;
  readonly onSecond: (second: Second, elapsedSeconds: number, accepted: number) => void;
}

/** Plays one run: the pipeline, its clients and the faults. Returns the verdict on the result. */
export async function playChaos(options: ChaosRunOptions): Promise<{ result: RunResult; violationLines: string[] }> {
  const { scenario, seed, write } = options;
  const pipeline = await ChaosPipeline.start(seed, scenarios[scenario].leaseSeconds, write);
  try {
    return await playOn(pipeline, options);
  } finally {
    await pipeline.stop();
  }
}

async function playOn(pipeline: ChaosPipeline, options: ChaosRunOptions) {
  const { moments, minutes, rate, seed, onSecond } = options;
  const { local } = pipeline;
  const startedAt = new Date().toISOString();
  const receipts = new Receipts();
  const answers = new Answers(moments.flatMap(promiseOf));
  const [tokens, staffToken] = await Promise.all([tokensOf(local), local.token('warehouse', 'fulfillment')]);

  const startedMs = performance.now();
  const clock = (): number => performance.now() - startedMs;
  const random = new SeededRandom(seed + 1);
  const caller = new PersistentCaller({ apiUrls: local.apiUrls, answers, random, clock });
  const customers = new Customers({ caller, receipts, tokens, rate, runId: randomUUID().slice(0, 8) });
  const warehouse = new Warehouse(caller, receipts, staffToken);
  const services = servicesOf(local, warehouse);
  const backlog = (): Promise<number> => depthOf(local.clients.sqs, local.aws.resources.ordersQueueUrl);
  const watched = { answers, customers, receipts, backlog, accounting: services.accounting };
  const timeline = new Timeline(watched, (second, elapsed) => onSecond(second, elapsed, receipts.orders.size));
  try {
    const player = new SchedulePlayer({ pipeline, caller, clock });
    await Promise.all([customers.place(minutes * 60_000), player.play(moments)]);
    const loadEndedMs = clock();
    pipeline.heal();
    await customers.finish(ACCEPT_WITHIN_MS);
    const stored = await settled(local, Object.values(services), warehouse);
    const recoverySeconds = (clock() - loadEndedMs) / 1_000;
    const evidence: Evidence = {
      accepted: [...receipts.orders.values()],
      renamed: receipts.renamed,
      changes: receipts.changes,
      stored,
      received: perConsumer((name) => services[name].orders),
      poison: player.poisonIds,
      ...(await deadLetters(local)),
    };
    const verdict = verdictOf(evidence);
    const reconciliation = await reconciledWithReports(local.aws);
    const result = resultOf(options, {
      answers,
      verdict,
      reconciliation,
      startedAt,
      acceptedChanges: receipts.changes.length,
      poison: { sent: evidence.poison.length, deadLettered: evidence.deadLettered.length },
      hits: Object.fromEntries(await pipeline.proxy.hits()),
      happened: player.happened.toSorted((a, b) => a.fromMs - b.fromMs),
      recoverySeconds,
      seconds: timeline.seconds,
    });
    return { result, violationLines: violationLines(verdict.violations, evidence) };
  } finally {
    timeline.stop();
    await warehouse.stop();
    await Promise.all(Object.values(services).map((service) => service.stop()));
    caller.close();
  }
}

function tokensOf(local: LocalPipeline): Promise<string[]> {
  return Promise.all(Array.from({ length: CUSTOMERS }, (_, n) => local.token(`customer-${n}`, 'retail')));
}

function servicesOf({ clients, aws }: LocalPipeline, warehouse: Warehouse) {
  return perConsumer((name) => {
    const onApplied: Warehouse['onEvent'] = (orderId, event) =>
      name === 'fulfillment' && warehouse.onEvent(orderId, event);
    return new EventService(clients.sqs, aws.resources.consumerQueueUrls[name], onApplied);
  });
}

/** A value for each subscribing service. */
function perConsumer<Value>(valueOf: (name: EventConsumerName) => Value): Readonly<Record<EventConsumerName, Value>> {
  const entries = eventConsumerNames.map((name) => [name, valueOf(name)] as const);
  return Object.fromEntries(entries) as Record<EventConsumerName, Value>;
}

function promiseOf(moment: Moment): AnswerPromise[] {
  if (moment.act !== 'promise') return [];
  return [{ statuses: moment.statuses, fromMs: moment.atMs, untilMs: moment.atMs + moment.forMs }];
}
