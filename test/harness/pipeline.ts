import { randomUUID } from 'node:crypto';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Order, StoredOrder } from '#libs/orders';
import { type EventConsumerName, eventConsumerNames } from '#libs/resources';
import { type AppName } from '../../local/apps.ts';
import { requestToken } from '../../local/auth/local-issuer.ts';
import { type AwsClients, awsClients } from '../../local/aws/aws-clients.ts';
import { attributesOf } from '../../local/aws/queue-reader.ts';
import { AsyncApiCheck } from './asyncapi-check.ts';
import { startComposeRun } from './compose-run.ts';
import { LogLines } from './log-lines.ts';
import { OpenApiCheck } from './openapi-check.ts';
import { type PipelineRun, startLocalRun } from './pipeline-run.ts';
import { scanTable } from './scan-table.ts';
import { ServiceInbox } from './service-inbox.ts';

export const SERVICES = eventConsumerNames;

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

/** The whole pipeline: processes on free ports as `npm start` runs them, or containers with PIPELINE=compose. */
export class Pipeline {
  readonly inboxes: Readonly<Record<EventConsumerName, ServiceInbox>>;
  private readonly clients: AwsClients;

  private constructor(
    private readonly run: PipelineRun,
    readonly logs: LogLines,
    readonly openApi: OpenApiCheck,
    asyncApi: AsyncApiCheck,
  ) {
    this.clients = awsClients({ ...this.credentials, ...this.aws.env });
    const { consumerQueueUrls } = this.aws.resources;
    const inboxes = SERVICES.map((service) => [
      service,
      new ServiceInbox(this.clients.sqs, consumerQueueUrls[service], asyncApi),
    ]);
    this.inboxes = Object.fromEntries(inboxes) as Record<EventConsumerName, ServiceInbox>;
  }

  /**
   * @param env Variables for the apps; they override those of the test run
   * @param startRun Starts the processes. Default: as `npm start` does, or containers
   */
  static async start(env: Record<string, string> = {}, startRun?: typeof startLocalRun): Promise<Pipeline> {
    // A DynamoDB Local that was given may hold the data of other runs; it separates data by access key.
    const given = process.env['AWS_ENDPOINT_URL_DYNAMODB']
      ? { AWS_ACCESS_KEY_ID: `run${randomUUID().slice(0, 8)}`, AWS_SECRET_ACCESS_KEY: 'local' }
      : {};
    Object.assign(process.env, { LOG_LEVEL: 'info', ...given, ...env });
    const logs = new LogLines();
    const start = startRun ?? (process.env['PIPELINE'] === 'compose' ? startComposeRun : startLocalRun);
    let run: PipelineRun | undefined;
    try {
      run = await start(logs.write);
      const api = `http://127.0.0.1:${run.ports.API_PORT}`;
      return new Pipeline(run, logs, await OpenApiCheck.from(api), await AsyncApiCheck.from(api));
    } catch (error) {
      await run?.stop();
      throw new Error(`the pipeline did not start:\n${logs.text.join('\n')}`, { cause: error });
    }
  }

  get ports(): PipelineRun['ports'] {
    return this.run.ports;
  }

  get aws(): PipelineRun['aws'] {
    return this.run.aws;
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.inboxes).map((inbox) => inbox.stop()));
    const errors = Object.values(this.inboxes).flatMap((inbox) => inbox.schemaErrors);
    this.clients.destroy();
    await this.run.stop();
    if (errors.length > 0) throw new Error(`events do not match /asyncapi.json:\n${errors.join('\n')}`);
  }

  /** Kills an app, as when its machine fails. The launcher starts it again. */
  async kill(name: AppName): Promise<void> {
    await this.signal(name, 'SIGKILL');
  }

  /** Ends an app with a signal, and resolves when it has started again. */
  async signal(name: AppName, signal: NodeJS.Signals): Promise<void> {
    const from = this.logs.lines.length;
    await this.run.signal(name, signal);
    await this.logs.find(`${name} starts again`, (line) => line.service === name && line.event === 'service_started', {
      from,
    });
  }

  /** Pauses the process of an app, as when its machine hangs. */
  suspend(name: AppName): Promise<void> {
    return this.run.signal(name, 'SIGSTOP');
  }

  resume(name: AppName): Promise<void> {
    return this.run.signal(name, 'SIGCONT');
  }

  /** The credentials of the emulators, or of the endpoints that were given. */
  get credentials() {
    const { AWS_ACCESS_KEY_ID = 'local', AWS_SECRET_ACCESS_KEY = 'local' } = { ...process.env, ...this.aws.env };
    return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  }

  /** Variables that record the AWS calls of a further app. */
  get recordingEnv(): PipelineRun['recordingEnv'] {
    return this.run.recordingEnv;
  }

  /** Returns the status that an app's `/health/…` answers. */
  health(name: AppName, path: string): Promise<number> {
    return this.run.health(name, path);
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.API_PORT}`;
  }

  token(sub: string, ...roles: string[]): Promise<string> {
    return requestToken(this.ports.AUTH_PORT, { sub, roles: roles.length > 0 ? roles : ['retail'] });
  }

  /** Sends a request to the api. @throws Error when the answer does not match `/openapi.json` */
  async request<Body = Record<string, unknown>>(
    path: string,
    token?: string,
    init: RequestInit = {},
  ): Promise<Answer<Body>> {
    const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const headers = { ...authorization, ...(init.headers as Record<string, string>) };
    const url = new URL(path, this.url);
    const response = await fetch(url, { ...init, headers });
    const contentType = response.headers.get('content-type') ?? '';
    const text = await response.text();
    const body: unknown = /json/.test(contentType) ? JSON.parse(text) : text;
    const { status, headers: answered } = response;
    const answer = { path: url.pathname, status, contentType, headers: answered, body };
    this.openApi.assertDescribes({ method: init.method ?? 'GET', ...answer });
    return { status, headers: answered, body: body as Body };
  }

  place(
    token: string,
    order: unknown,
    key: string = randomUUID(),
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.request('/v1/orders', token, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: typeof order === 'string' ? order : JSON.stringify(order),
    });
  }

  /** Sends a command to change an order. @param path The path below the order, e.g. `cancellation` */
  change<Body = Record<string, unknown>>(
    token: string,
    orderId: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    return this.request<Body>(`/v1/orders/${orderId}/${path}`, token, {
      method: 'POST',
      headers: {
        'idempotency-key': randomUUID(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Changes an order and waits for it. Returns the changed order. @throws Error when the command is refused */
  async changed(token: string, orderId: string, path: string, body?: unknown): Promise<Order> {
    const answer = await this.change<Order>(token, orderId, path, body, { prefer: 'wait=10' });
    if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Places an order and returns its id. @throws Error when it is not accepted */
  async accepted(token: string, order: unknown, key?: string): Promise<string> {
    const { status, body } = await this.place(token, order, key);
    if (status !== 202) throw new Error(`expected 202, got ${status}: ${JSON.stringify(body)}`);
    return body['orderId'] as string;
  }

  /** Waits until an order is decided, which its first event shows, and reads it. */
  async decided(token: string, orderId: string): Promise<Answer<Order>> {
    await this.inboxes.inventory.waitForEvents(orderId);
    return this.request<Order>(`/v1/orders/${orderId}`, token);
  }

  /** All orders in the table. */
  storedOrders(): Promise<StoredOrder[]> {
    return scanTable(this.clients.dynamodb, this.aws.resources.ordersTableName);
  }

  async sendToOrdersQueue(body: string): Promise<string> {
    const { MessageId } = await this.clients.sqs.send(
      new SendMessageCommand({ QueueUrl: this.aws.resources.ordersQueueUrl, MessageBody: body }),
    );
    return MessageId as string;
  }

  /** Waits until the worker has moved a message to the dead-letter queue. Returns the dead letter, which stays there. */
  async deadLettered(messageId: string): Promise<{ body: string; attributes: Record<string, string> }> {
    await this.logs.find(
      `${messageId} dead-lettered`,
      (line) => line.event === 'message_dead_lettered' && line['messageId'] === messageId,
    );
    for (let round = 0; round < 20; round += 1) {
      const { Messages = [] } = await this.clients.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.aws.resources.ordersDeadLetterQueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: 1,
          WaitTimeSeconds: 2,
        }),
      );
      const found = Messages.find((message) => attributesOf(message)['originalMessageId'] === messageId);
      if (found) return { body: found.Body as string, attributes: attributesOf(found) };
    }
    throw new Error(`message ${messageId} is not in the dead-letter queue`);
  }
}
