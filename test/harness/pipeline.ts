import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Order, StoredOrder } from '#libs/orders';
import { eventConsumerNames, type EventConsumerName } from '#libs/resources';
import { type AppName } from '../../local/apps.ts';
import { requestToken } from '../../local/auth/token-request.ts';
import { AsyncApiCheck } from './asyncapi-check.ts';
import { startComposeRun } from './compose-run.ts';
import { LogLines } from './log-lines.ts';
import { OpenApiCheck } from './openapi-check.ts';
import { type PipelineRun, startLocalRun } from './pipeline-run.ts';
import { ServiceInbox } from './service-inbox.ts';

export const SERVICES = eventConsumerNames;

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

/** The whole pipeline: as `npm start` runs it, on ports of its own, or with PIPELINE=compose in containers. */
export class Pipeline {
  readonly logs = new LogLines();
  readonly inboxes: Record<EventConsumerName, ServiceInbox>;
  private readonly sqs: SQSClient;
  private readonly dynamodb: DynamoDBClient;

  private constructor(
    private readonly run: PipelineRun,
    logs: LogLines,
    readonly openApi: OpenApiCheck,
    asyncApi: AsyncApiCheck,
  ) {
    this.logs = logs;
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB } = this.aws.env;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = this.credentials;
    const options = { region, credentials: { accessKeyId, secretAccessKey } };
    this.sqs = new SQSClient({ ...options, endpoint: AWS_ENDPOINT_URL_SQS ?? '', useQueueUrlAsEndpoint: false });
    this.dynamodb = new DynamoDBClient({ ...options, endpoint: AWS_ENDPOINT_URL_DYNAMODB ?? '' });
    const inbox = (service: EventConsumerName) =>
      new ServiceInbox(this.sqs, this.aws.resources.ordersQueueUrl.replace(/orders$/, `${service}.fifo`), asyncApi);
    this.inboxes = Object.fromEntries(SERVICES.map((name) => [name, inbox(name)])) as typeof this.inboxes;
  }

  /** @param env variables for the apps, over those of the test run. */
  static async start(env: Record<string, string> = {}): Promise<Pipeline> {
    // Emulators that were given hold data of other runs; DynamoDB Local keeps those of each access key apart.
    const given = process.env['AWS_ENDPOINT_URL_DYNAMODB']
      ? { AWS_ACCESS_KEY_ID: `run${randomUUID().slice(0, 8)}`, AWS_SECRET_ACCESS_KEY: 'local' }
      : {};
    Object.assign(process.env, { LOG_LEVEL: 'info', ...given, ...env });
    const logs = new LogLines();
    const start = process.env['PIPELINE'] === 'compose' ? startComposeRun : startLocalRun;
    let run: PipelineRun | undefined;
    try {
      run = await start(logs.write);
      const api = `http://127.0.0.1:${run.ports.API_PORT}`;
      return new Pipeline(run, logs, await OpenApiCheck.from(api), await AsyncApiCheck.of(api));
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
    const faults = Object.values(this.inboxes).flatMap((inbox) => inbox.faults);
    this.sqs.destroy();
    this.dynamodb.destroy();
    await this.run.stop();
    if (faults.length > 0) throw new Error(`events are not as /asyncapi.json says:\n${faults.join('\n')}`);
  }

  /** Kills an app as a machine that fails would; its launcher starts it again. */
  async kill(name: AppName): Promise<void> {
    await this.signal(name, 'SIGKILL');
  }

  /** Sends a signal that ends an app and resolves when it has started again. */
  async signal(name: AppName, signal: NodeJS.Signals): Promise<void> {
    const from = this.logs.lines.length;
    await this.run.signal(name, signal);
    await this.logs.find(`${name} starts again`, (line) => line.service === name && line.event === 'service_started', {
      from,
    });
  }

  /** Stops an app without ending it, as a machine that hangs would. */
  suspend(name: AppName): Promise<void> {
    return this.run.signal(name, 'SIGSTOP');
  }

  resume(name: AppName): Promise<void> {
    return this.run.signal(name, 'SIGCONT');
  }

  /** Those of the emulators, or those that came with the endpoints that were given. */
  get credentials() {
    const { AWS_ACCESS_KEY_ID = 'local', AWS_SECRET_ACCESS_KEY = 'local' } = { ...process.env, ...this.aws.env };
    return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  }

  /** Variables for another app beside those of the pipeline. */
  get recordingEnv(): PipelineRun['recordingEnv'] {
    return this.run.recordingEnv;
  }

  /** The status of the answer of an app's own `/health/…`. */
  health(name: AppName, path: string): Promise<number> {
    return this.run.health(name, path);
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.API_PORT}`;
  }

  token(sub: string, ...roles: string[]): Promise<string> {
    return requestToken(this.ports.AUTH_PORT, { sub, roles: roles.length > 0 ? roles : ['retail'] });
  }

  /** Asks the api; the answer must be as `/openapi.json` describes it. */
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
    const { status } = response;
    this.openApi.mustDescribe({ method: init.method ?? 'GET', path: url.pathname, status, contentType, body });
    return { status, headers: response.headers, body: body as Body };
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

  /** Asks for a change of an order, at a path below it, e.g. `cancellation`. */
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

  /** Asks for a change that must be carried out, and waits for it: the order after it. */
  async changed(token: string, orderId: string, path: string, body?: unknown): Promise<Order> {
    const answer = await this.change<Order>(token, orderId, path, body, { prefer: 'wait=10' });
    if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Places an order that must be accepted. */
  async accepted(token: string, order: unknown, key?: string): Promise<string> {
    const { status, body } = await this.place(token, order, key);
    if (status !== 202) throw new Error(`expected 202, got ${status}: ${JSON.stringify(body)}`);
    return body['orderId'] as string;
  }

  /** Reads an order when inventory has been told of it, so that it is decided. */
  async decided(token: string, orderId: string): Promise<Answer<Order>> {
    await this.inboxes.inventory.eventsOf(orderId);
    return this.request<Order>(`/v1/orders/${orderId}`, token);
  }

  /** Everything in the orders table. */
  async storedOrders(): Promise<StoredOrder[]> {
    const stored: StoredOrder[] = [];
    let from: Record<string, never> | undefined;
    do {
      const page = await this.dynamodb.send(
        new ScanCommand({
          TableName: this.aws.resources.ordersTableName,
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      );
      stored.push(...(page.Items ?? []).map((item) => unmarshall(item) as StoredOrder));
      from = page.LastEvaluatedKey as typeof from;
    } while (from);
    return stored;
  }

  async sendToOrdersQueue(body: string): Promise<string> {
    const { MessageId } = await this.sqs.send(
      new SendMessageCommand({ QueueUrl: this.aws.resources.ordersQueueUrl, MessageBody: body }),
    );
    return MessageId as string;
  }

  /** The parked copy of a message, once the worker has parked it; leaves it there. */
  async parked(messageId: string, timeoutMs?: number): Promise<{ body: string; attributes: Record<string, string> }> {
    await this.logs.find(
      `${messageId} parked`,
      (line) => line.event === 'message_parked' && line['messageId'] === messageId,
      { timeoutMs },
    );
    for (let round = 0; round < 20; round += 1) {
      const { Messages = [] } = await this.sqs.send(
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

function attributesOf({ MessageAttributes = {} }: Message): Record<string, string> {
  return Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']),
  );
}
