import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { aFreshOrder } from '#libs/orders';
import { depthOf } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { AsyncApiCheck } from '../../test/harness/asyncapi-check.ts';
import { postAndWait } from '../api-call.ts';
import { say } from '../run-tool.ts';
import { type AttackResult, deafClients, REPEAT, victimOf } from './connections/attacks.ts';
import { type ConnectionFigures, fuzzConnections } from './connections/connection-fuzz.ts';
import { type EventFigures, fuzzEvents } from './events/event-fuzz.ts';
import { receivedUntil, violationsOf } from './events/published-events.ts';
import type { FuzzOptions, TargetName } from './fuzz-options.ts';
import type { Violate, Violation } from './fuzz-result.ts';
import { type HttpFigures, HttpFuzz } from './http/http-fuzz.ts';
import { type MessageFigures, MessageFuzz } from './messages/message-fuzz.ts';
import { fuzzRecords, type RecordFigures } from './records/record-fuzz.ts';

/** The quota is never exceeded, because such a refusal would not be about bad input. */
const ENV = { LOG_LEVEL: 'warn', UNEXPECTED_RETRY_SECONDS: '1', RATE_LIMIT_REQUESTS: '1000000000' };
/** For this many messages, one item is written to the table. */
const MESSAGES_OF_A_RECORD = 30;
const SAY_EVERY_MS = 5_000;
/** The api closes a connection whose client reads nothing of an answer for 20 s, or for 40 s after it has read some of it. */
const DEAF_CLOSED_WITHIN_MS = 42_000;

export interface FuzzFigures {
  http?: HttpFigures;
  messages?: MessageFigures;
  /** The number of events that were published for accepted input. */
  published?: number;
  records?: RecordFigures;
  events?: EventFigures;
  connections?: ConnectionFigures;
}

/** One run: the pipeline, the input and the violations. */
export class FuzzRun {
  readonly violations: Violation[] = [];
  readonly figures: FuzzFigures = {};
  private readonly options: FuzzOptions;
  private readonly write: WriteLine;
  private saidAtMs = 0;

  private readonly violate: Violate = (what, repeat = 'see the log') => void this.violations.push({ what, repeat });

  constructor(options: FuzzOptions, write: WriteLine) {
    this.options = options;
    this.write = write;
  }

  async play(): Promise<void> {
    if (this.has('events')) this.fuzzEvents();
    if (this.options.targets.every((target) => target === 'events')) return;
    const pipeline = await LocalPipeline.start({ write: this.write, env: ENV });
    try {
      await this.playOn(pipeline);
      for (const { app, lastExit } of pipeline.instances) if (lastExit) this.violate(`${app} ${lastExit}`);
    } finally {
      await pipeline.stop();
    }
  }

  private async playOn(pipeline: LocalPipeline): Promise<void> {
    const { messages, requests, connections, seed } = this.options;
    const messageFuzz = new MessageFuzz(pipeline, this.violate);
    const victim = await victimOf(pipeline);
    // It only waits, so everything else runs at the same time.
    const deaf = this.has('connections') ? deafClients(victim, DEAF_CLOSED_WITHIN_MS) : undefined;
    if (this.has('messages'))
      await messageFuzz.send(messages, seed, (sent) => this.progress(`messages  ${sent} of ${messages}`));
    if (this.has('connections'))
      this.figures.connections = await fuzzConnections(pipeline, victim, connections, this.violate);
    if (this.has('http')) {
      const onAnswer = (sent: number): void => this.progress(`http  ${sent} of ${requests}`);
      this.figures.http = await new HttpFuzz(pipeline, this.violate, onAnswer).run(requests, seed);
    }
    say('searching for everything that was accepted');
    this.figures.messages = await messageFuzz.settle();
    await this.checkPublished(pipeline);
    if (this.has('messages')) await this.fuzzRecords(pipeline);
    await this.placeGoodOrder(pipeline);
    if (deaf) this.noteDeaf(await deaf);
  }

  private noteDeaf({ name, connections, errors }: AttackResult): void {
    this.figures.connections?.attacks.push({ name, connections });
    for (const error of errors) this.violate(error, REPEAT);
  }

  private fuzzEvents(): void {
    const { events, seed } = this.options;
    const { figures, violations } = fuzzEvents(events, seed);
    this.figures.events = figures;
    this.violations.push(...violations);
    say(`events  ${figures.bodies} bodies: ${figures.read} read, ${figures.refused} refused`);
  }

  /** The relay must publish everything that the api and the worker accepted, as valid events. */
  private async checkPublished(pipeline: LocalPipeline): Promise<void> {
    const received = await this.placeGoodOrder(pipeline);
    const quarantined = await depthOf(pipeline.clients.sqs, pipeline.aws.resources.relayDeadLetterQueueUrl);
    if (quarantined > 0) this.violate(`the relay has quarantined ${quarantined} changes of the worker`);
    this.figures.published = received.length;
    this.violations.push(...violationsOf(received, await AsyncApiCheck.from(pipeline.apiUrl)).slice(0, 10));
  }

  private async fuzzRecords(pipeline: LocalPipeline): Promise<void> {
    const { clients, aws } = pipeline;
    const { Items = [] } = await clients.dynamodb.send(
      new ScanCommand({ TableName: aws.resources.ordersTableName, Limit: 1 }),
    );
    const count = Math.ceil(this.options.messages / MESSAGES_OF_A_RECORD);
    const order = unmarshall(Items[0]!);
    this.figures.records = await fuzzRecords(pipeline, this.violate, count, this.options.seed, order);
  }

  /** Places an order and returns the messages that a service received until the event of this order. */
  private async placeGoodOrder(pipeline: LocalPipeline): Promise<Message[]> {
    const token = await pipeline.token('last-customer', 'retail');
    const answer = await postAndWait(`${pipeline.apiUrl}/v1/orders`, token, aFreshOrder());
    if (answer.status !== 201) {
      this.violate(`a good order was not carried out afterwards: ${JSON.stringify(answer)}`);
      return [];
    }
    const { received, found } = await receivedUntil(pipeline, String(answer.body['orderId']));
    if (!found) this.violate('no service received the event of a good order afterwards');
    return received;
  }

  private has(target: TargetName): boolean {
    return this.options.targets.includes(target);
  }

  private progress(line: string): void {
    if (performance.now() < this.saidAtMs + SAY_EVERY_MS) return;
    this.saidAtMs = performance.now();
    say(line);
  }
}
