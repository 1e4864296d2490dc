import { randomUUID } from 'node:crypto';
import { SeededRandom } from '#libs/dynamodb-streams';
import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import { depthOf } from '../../local/aws/queue-reader.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { machineText } from '../run-tool.ts';
import type { ChaosOptions } from './chaos-options.ts';
import { ChaosPipeline } from './chaos-pipeline.ts';
import { type AnswerPromise, Answers } from './clients/answers.ts';
import { Customers } from './clients/customers.ts';
import { EventService } from './clients/event-service.ts';
import { PersistentCaller } from './clients/persistent-caller.ts';
import { Poisoner } from './clients/poisoner.ts';
import { Warehouse } from './clients/warehouse.ts';
import { type Evidence, Receipts } from './ledger/evidence.ts';
import { type Verdict, verdictOf, verdictText } from './ledger/ledger.ts';
import { faultLines, isGood, type RunResult } from './report/run-result.ts';
import { type Second, Timeline } from './report/timeline.ts';
import type { Moment } from './scenarios/moment.ts';
import { SchedulePlayer } from './scenarios/schedule-player.ts';
import { scenarios } from './scenarios/scenarios.ts';
import { deadLetters, settled, storedOrders } from './settling.ts';

const CUSTOMERS = 20;
/**
 * What is missing by then is lost. A message that met an outage of the table of minutes comes back after five at most,
 * and one of a worker that was killed after half a minute.
 */
const SETTLE_WITHIN_MS = 10 * 60_000;
/** How long clients go on asking once all faults are over. */
const ACCEPT_WITHIN_MS = 60_000;

export interface ChaosRunOptions extends ChaosOptions {
  readonly moments: readonly Moment[];
  /** Takes a line of a process of the pipeline. */
  readonly write: WriteLine;
  readonly onSecond: (second: Second, elapsedSeconds: number, accepted: number) => void;
}

type Services = Readonly<Record<EventConsumerName, EventService>>;

/** One run: the pipeline, its clients, the faults, and the verdict on what came of them. */
export class ChaosRun {
  private readonly options: ChaosRunOptions;
  private readonly receipts = new Receipts();
  private readonly answers: Answers;
  private beganMs = 0;

  constructor(options: ChaosRunOptions) {
    this.options = options;
    this.answers = new Answers(options.moments.flatMap(promiseOf));
  }

  async play(): Promise<{ result: RunResult; faultLines: string[] }> {
    const { scenario, seed, write } = this.options;
    const pipeline = await ChaosPipeline.start({ seed, leaseSeconds: scenarios[scenario].leaseSeconds, write });
    try {
      return await this.playOn(pipeline);
    } finally {
      await pipeline.stop();
    }
  }

  private async playOn(pipeline: ChaosPipeline) {
    const { moments, minutes } = this.options;
    const { clients, aws } = pipeline.local;
    const { ordersQueueUrl } = aws.resources;
    const startedAt = new Date().toISOString();
    this.beganMs = performance.now();
    const caller = this.caller(pipeline);
    const customers = await this.customers(pipeline, caller);
    const warehouse = new Warehouse(caller, this.receipts, await pipeline.local.token('warehouse', 'fulfillment'));
    const services = this.services(pipeline, warehouse);
    const poisoner = new Poisoner(clients.sqs, ordersQueueUrl);
    const backlog = (): Promise<number> => depthOf(clients.sqs, ordersQueueUrl);
    const watched = { answers: this.answers, customers, receipts: this.receipts, backlog };
    this.beganMs = performance.now();
    const timeline = new Timeline({ ...watched, accounting: services.accounting }, (second, elapsed) =>
      this.options.onSecond(second, elapsed, this.receipts.orders.size),
    );
    try {
      const player = new SchedulePlayer({ pipeline, caller, poisoner, clock: this.clock });
      await Promise.all([customers.place(minutes * 60_000), player.play(moments)]);
      const loadEndedMs = this.clock();
      pipeline.heal();
      await customers.finish(ACCEPT_WITHIN_MS);
      const stored = await settled({
        backlog,
        stored: () => storedOrders(pipeline.local),
        services: Object.values(services),
        busy: () => warehouse.busy,
        signal: AbortSignal.timeout(SETTLE_WITHIN_MS),
      });
      const recoverySeconds = (this.clock() - loadEndedMs) / 1_000;
      const evidence: Evidence = {
        accepted: [...this.receipts.orders.values()],
        renamed: this.receipts.renamed,
        changes: this.receipts.changes,
        stored,
        told: versionsOf(services),
        poison: poisoner.messageIds,
        ...(await deadLetters(pipeline.local)),
      };
      const verdict = verdictOf(evidence);
      const rest = {
        startedAt,
        recoverySeconds,
        hits: Object.fromEntries(await pipeline.proxy.hits()),
        happened: player.happened.toSorted((a, b) => a.fromMs - b.fromMs),
        poison: { sent: evidence.poison.length, parked: evidence.parked.length },
        seconds: timeline.seconds,
      };
      return { result: this.result(verdict, rest), faultLines: faultLines(verdict.faults, evidence) };
    } finally {
      timeline.stop();
      await warehouse.stop();
      await Promise.all(Object.values(services).map((service) => service.stop()));
      caller.close();
    }
  }

  private readonly clock = (): number => performance.now() - this.beganMs;

  private caller({ local }: ChaosPipeline): PersistentCaller {
    const random = new SeededRandom(this.options.seed + 1);
    return new PersistentCaller({ apiUrls: local.apiUrls, answers: this.answers, random, clock: this.clock });
  }

  private async customers({ local }: ChaosPipeline, caller: PersistentCaller): Promise<Customers> {
    const names = Array.from({ length: CUSTOMERS }, (_, n) => `customer-${n}`);
    const tokens = await Promise.all(names.map((name) => local.token(name, 'retail')));
    const runId = randomUUID().slice(0, 8);
    return new Customers({ caller, receipts: this.receipts, tokens, rate: this.options.rate, runId });
  }

  private services({ local }: ChaosPipeline, warehouse: Warehouse): Services {
    const serviceOf = (name: EventConsumerName): EventService =>
      new EventService({
        sqs: local.clients.sqs,
        queueUrl: local.aws.resources.consumerQueueUrls[name],
        onApplied: (orderId, event) => name === 'fulfillment' && warehouse.onEvent(orderId, event),
      });
    return Object.fromEntries(eventConsumerNames.map((name) => [name, serviceOf(name)])) as Services;
  }

  private result(
    verdict: Verdict,
    rest: Pick<RunResult, 'startedAt' | 'recoverySeconds' | 'hits' | 'happened' | 'poison' | 'seconds'>,
  ): RunResult {
    const { scenario, minutes, rate, seed } = this.options;
    const { answers } = this;
    const result = {
      scenario,
      description: scenarios[scenario].description,
      command: `npm run chaos -- --scenario ${scenario} --minutes ${minutes} --rate ${rate} --seed ${seed}`,
      seed,
      machine: machineText(),
      minutes,
      rate,
      verdict: verdictText(verdict),
      ...verdict,
      acceptedChanges: this.receipts.changes.length,
      answers: Object.fromEntries(answers.counts),
      worstAnswerMs: answers.worstMs,
      lateAnswers: answers.late,
      promised: { answers: answers.promised, worstMs: answers.worstPromisedMs, broken: answers.broken },
      unexpectedAnswers: answers.unexpected,
      ...rest,
    };
    return { ...result, good: isGood(result) };
  }
}

function promiseOf(moment: Moment): AnswerPromise[] {
  if (moment.act !== 'promise') return [];
  return [{ statuses: moment.statuses, fromMs: moment.atMs, untilMs: moment.atMs + moment.forMs }];
}

function versionsOf(services: Services): Evidence['told'] {
  const versions = eventConsumerNames.map((name) => [name, services[name].orders]);
  return Object.fromEntries(versions) as Evidence['told'];
}
