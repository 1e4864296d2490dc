import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { readOrderEvent } from '#libs/order-events';
import type { EventConsumerName } from '#libs/resources';
import { appDefinition, type Variables } from '../../local/apps.ts';
import { awsClients } from '../../local/aws/aws-clients.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { depthOf } from '../../local/aws/queue-reader.ts';
import { SupervisedProcess } from '../../local/processes/supervised-process.ts';
import { freeRunPorts } from '../../local/taken-ports.ts';
import { ArrivalSignal } from '../../test/harness/arrival-signal.ts';
import { LogLines } from '../../test/harness/log-lines.ts';

const EVENTS = new URL('../../libs/orders/schemas/examples/', import.meta.url);
const MAIN = (name: string) => join(import.meta.dirname, '..', name, 'main.ts');
const VISIBILITY_SECONDS = 1;

/** Lives of orders, by the published examples of their events. */
const LIVES = [
  ['fulfillment_started', 'partially_shipped', 'shipment_delivered', 'delivered', 'return_approved', 'return_closed'],
  ['fulfillment_started', 'partially_shipped', 'rest_cancelled'],
  ['awaiting_approval', 'confirmed', 'cancelled'],
  ['awaiting_approval', 'confirmed'],
  ['fulfillment_started'],
];

/** The published example of an event, as one of this order. */
export function exampleBody(event: string, orderId?: string): string {
  const body = readFileSync(new URL(`order.${event}.v1.json`, EVENTS), 'utf8');
  return orderId ? body.replaceAll(readOrderEvent(body).orderId, orderId) : body;
}

/** One subscriber as a process of its own, with its queue in embedded SQS. */
export class SubscriberRun {
  readonly logs = new LogLines();
  readonly folder = mkdtempSync(join(tmpdir(), 'example-'));
  private readonly clients: ReturnType<typeof awsClients>;
  private process: SupervisedProcess | undefined;
  private readonly written = new ArrivalSignal();
  private sent = 0;

  private constructor(
    private readonly name: EventConsumerName,
    private readonly aws: LocalAws,
  ) {
    this.clients = awsClients(aws.env);
  }

  static async start(name: EventConsumerName): Promise<SubscriberRun> {
    const run = new SubscriberRun(name, await startLocalAws({ ports: await freeRunPorts() }));
    // What a killed process had received comes back soon.
    const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
    await run.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: run.queueUrl, Attributes }));
    return run;
  }

  private get queueUrl(): string {
    return this.aws.resources.consumerQueueUrls[this.name];
  }

  get database(): string {
    return join(this.folder, 'data.db');
  }

  /** Starts the process, which starts again after each kill. */
  async begin(env: Variables = {}): Promise<void> {
    this.process = this.processWith(env).start();
    await this.logs.find('the start', ({ event }) => event === 'service_started');
  }

  /** Starts the process with variables that are wrong. Resolves to how it ended, and to its last line. */
  async failedStart(env: Variables): Promise<{ exit: string; reason: unknown }> {
    const failing = this.processWith(env, false);
    const exited = once(failing, 'exit');
    failing.start();
    return { exit: String(await exited), reason: this.logs.lines.at(-1)?.['reason'] };
  }

  private processWith(env: Variables, restarts = true): SupervisedProcess {
    const variables = { ...this.aws.env, DATABASE: this.database, ...env };
    const write = (from: string, line: string) => {
      this.logs.write(from, line);
      this.written.notify();
    };
    const options = { name: this.name, write, restarts, env: variables, nodeArguments: ['--conditions=source'] };
    return new SupervisedProcess(appDefinition(MAIN(this.name), options));
  }

  async send(body: string, group: string): Promise<void> {
    const MessageDeduplicationId = String((this.sent += 1));
    const message = { QueueUrl: this.queueUrl, MessageBody: body, MessageGroupId: group, MessageDeduplicationId };
    await this.clients.sqs.send(new SendMessageCommand(message));
  }

  /**
   * Delivers the lives of orders with events repeated and out of order, and kills the process several times meanwhile. Resolves to
   * the last event of each order, when all are taken.
   */
  async chaos(orders: number) {
    const events = Array.from({ length: orders }, (_, index) => {
      const orderId = String(index).padStart(26, '0');
      return LIVES[index % LIVES.length]!.map((event) => exampleBody(event, orderId));
    }).flat();
    const shuffled = fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length });
    const [deliveries = []] = fc.sample(shuffled, { numRuns: 1, seed: orders });
    for (const body of deliveries) await this.send(body, readOrderEvent(body).orderId);
    const last = [...new Map(events.map(readOrderEvent).map((received) => [received.orderId, received])).values()];
    const versions = last.reduce((sum, { version }) => sum + version, 0);
    for (const part of [0.2, 0.4, 0.6, 0.8]) {
      await this.applied(part * versions);
      await this.kill();
    }
    // Late repetitions too, which change nothing.
    while ((await depthOf(this.clients.sqs, this.queueUrl)) > 0) continue;
    return last;
  }

  /** Waits until the versions of all orders have this sum in the database: the last lines of a killed process can be lost. */
  private async applied(sum: number): Promise<void> {
    const database = new DatabaseSync(this.database, { readOnly: true });
    const versions = database.prepare('SELECT sum(version) AS sum FROM applied_orders');
    const isReached = () => Number(versions.get()?.['sum']) >= sum || undefined;
    await this.written.waitFor(`versions with the sum ${sum}`, isReached).finally(() => database.close());
  }

  /** Kills the process. Resolves when it has started again. */
  private async kill(): Promise<void> {
    const from = this.logs.lines.length;
    process.kill(this.process!.pid!, 'SIGKILL');
    await this.logs.find('the next start', ({ event }) => event === 'service_started', { from });
  }

  /** Stops the process as Docker does. Resolves to how it ended. */
  async stop(): Promise<string | undefined> {
    await this.process?.stop();
    return this.process?.lastExit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.clients.destroy();
    await this.aws.stop();
    rmSync(this.folder, { recursive: true });
  }
}
