import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { depthOf } from '../chaos/settling.ts';
import { EXAMPLE_ORDER } from '#libs/orders';
import type { WriteLine } from '../../local/processes/line-log.ts';
import { AsyncApiCheck } from '../../test/harness/asyncapi-check.ts';
import { type AttackResult, deafOnes, victimOf } from './connections/attacks.ts';
import { type ConnectionFigures, fuzzConnections } from './connections/connection-fuzz.ts';
import { type EventFigures, fuzzEvents } from './events/event-fuzz.ts';
import { faultsOfTold, toldUntil } from './events/told-events.ts';
import type { FuzzArguments, TargetName } from './fuzz-arguments.ts';
import { type HttpFigures, HttpFuzz } from './http/http-fuzz.ts';
import { type MessageFigures, MessageFuzz } from './messages/message-fuzz.ts';
import { FuzzedPipeline } from './pipeline/fuzzed-pipeline.ts';
import { type RecordFigures, RecordFuzz } from './records/record-fuzz.ts';
import type { Violation } from './violation.ts';

/** Of messages: so many items are written to the table beside them. */
const RECORDS_SHARE = 30;
const SAY_EVERY_MS = 5_000;
/** The api gives up who takes nothing of an answer for 20 s, or twice that where some of it was taken. */
const DEAF_CLOSED_WITHIN_MS = 42_000;

export interface FuzzFigures {
  http?: HttpFigures;
  messages?: MessageFigures;
  /** Events that services were told of all that was accepted. */
  told?: number;
  records?: RecordFigures;
  events?: EventFigures;
  connections?: ConnectionFigures;
}

/** One run: the pipeline, what is thrown at it, and what came of that. */
export class FuzzRun {
  readonly violations: Violation[] = [];
  readonly figures: FuzzFigures = {};
  private readonly options: FuzzArguments;
  private readonly write: WriteLine;
  private readonly say: (line: string) => void;
  private saidAtMs = 0;

  constructor(options: FuzzArguments, write: WriteLine, say: (line: string) => void) {
    this.options = options;
    this.write = write;
    this.say = say;
  }

  async play(): Promise<void> {
    if (this.has('events')) this.fuzzEvents();
    if (this.options.targets.every((target) => target === 'events')) return;
    const pipeline = await FuzzedPipeline.start(this.write);
    try {
      await this.playOn(pipeline);
      for (const app of pipeline.crashed()) this.violations.push({ what: `${app} has crashed`, repeat: 'see the log' });
    } finally {
      await pipeline.stop();
    }
  }

  private async playOn(pipeline: FuzzedPipeline): Promise<void> {
    const { messages, requests, connections, seed } = this.options;
    const messageFuzz = new MessageFuzz(pipeline);
    // It only waits, so all else goes on beside it.
    const deaf = this.has('connections') ? deafOnes(await victimOf(pipeline), DEAF_CLOSED_WITHIN_MS) : undefined;
    if (this.has('messages'))
      await messageFuzz.send(messages, seed, (sent) => this.progress(`messages  ${sent} of ${messages}`));
    if (this.has('connections')) {
      const { figures, violations } = await fuzzConnections(pipeline, connections, (line) =>
        this.say(`connections  ${line}`),
      );
      this.figures.connections = figures;
      this.violations.push(...violations);
    }
    if (this.has('http')) {
      const onAnswer = (sent: number): void => this.progress(`http  ${sent} of ${requests}`);
      const fuzz = new HttpFuzz(pipeline, { requests, seed, onAnswer });
      this.figures.http = await fuzz.run();
      this.violations.push(...fuzz.violations);
    }
    this.say('looking for what was accepted, handled and parked');
    this.figures.messages = await messageFuzz.settle();
    this.violations.push(...messageFuzz.violations);
    await this.lookAtTold(pipeline);
    if (this.has('messages')) await this.fuzzRecords(pipeline);
    await this.placeGoodOrder(pipeline);
    if (deaf) this.noteDeaf(await deaf);
  }

  private noteDeaf({ name, connections, faults }: AttackResult): void {
    const others = this.figures.connections!;
    this.figures.connections = { ...others, attacks: [...others.attacks, { name, connections }] };
    for (const what of faults) this.violations.push({ what, repeat: 'npm run fuzz -- --only connections' });
  }

  private fuzzEvents(): void {
    const { events, seed } = this.options;
    const { figures, violations } = fuzzEvents(events, seed);
    this.figures.events = figures;
    this.violations.push(...violations);
    this.say(`events  ${figures.bodies} bodies: ${figures.read} read, ${figures.refused} refused`);
  }

  /** Whatever the api and the worker have taken, the relay tells; and what it tells is an event. */
  private async lookAtTold(pipeline: FuzzedPipeline): Promise<void> {
    const told = await this.placeGoodOrder(pipeline);
    const letters = await depthOf(pipeline.clients.sqs, pipeline.aws.resources.relayDeadLetterQueueUrl);
    if (letters > 0)
      this.violations.push({
        what: `the relay has parked ${letters} changes that the worker made`,
        repeat: 'see the log',
      });
    this.figures.told = told.length;
    this.violations.push(...faultsOfTold(told, await AsyncApiCheck.of(pipeline.apiUrl)).slice(0, 10));
  }

  private async fuzzRecords(pipeline: FuzzedPipeline): Promise<void> {
    const { clients, aws } = pipeline;
    const { Items = [] } = await clients.dynamodb.send(
      new ScanCommand({ TableName: aws.resources.ordersTableName, Limit: 1 }),
    );
    const fuzz = new RecordFuzz(pipeline);
    const count = Math.ceil(this.options.messages / RECORDS_SHARE);
    this.figures.records = await fuzz.run(count, this.options.seed, unmarshall(Items[0]!));
    this.violations.push(...fuzz.violations);
  }

  /** Through every station; what a service was told until it was told of that order. */
  private async placeGoodOrder(pipeline: FuzzedPipeline): Promise<Message[]> {
    const token = await pipeline.token('last-customer', 'retail');
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      prefer: 'wait=10',
      'idempotency-key': randomUUID(),
    };
    const response = await fetch(`${pipeline.apiUrl}/v1/orders`, {
      method: 'POST',
      headers,
      body: JSON.stringify(EXAMPLE_ORDER),
    });
    const text = await response.text();
    if (response.status !== 201) {
      this.violations.push({
        what: `a good order was answered ${response.status} afterwards: ${text}`,
        repeat: 'see the log',
      });
      return [];
    }
    const { orderId } = JSON.parse(text) as { orderId: string };
    const { told, found } = await toldUntil(pipeline, orderId);
    if (!found) this.violations.push({ what: 'no service was told of a good order afterwards', repeat: 'see the log' });
    return told;
  }

  private has(target: TargetName): boolean {
    return this.options.targets.includes(target);
  }

  private progress(line: string): void {
    if (performance.now() < this.saidAtMs + SAY_EVERY_MS) return;
    this.saidAtMs = performance.now();
    this.say(line);
  }
}
