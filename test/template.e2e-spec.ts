import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderPage } from '#libs/order-store';
import { importOrder } from '#libs/orders';
import { cloudResources } from '#libs/resources';
import { anImportedOrder, anOrderRequest, aWholesaleRequest } from '../libs/orders/src/testing/order-factory.ts';
import { type AwsClients, awsClients } from '../local/aws/aws-clients.ts';
import { depthOf } from '../local/aws/queue-reader.ts';
import { runTool } from '../operations/testing/tool-run.ts';
import type { Template } from '../infra/test/template.ts';
import { PREFIX, productionTemplate, REGION, startDeployedRun } from './harness/deployed-run.ts';
import { DeployedStack, unknownParts } from './harness/deployed-stack.ts';
import { Pipeline, SERVICES } from './harness/pipeline.ts';
import { scanTable } from './harness/scan-table.ts';
import { anOrder, withoutHistory } from './harness/unchecked-orders.ts';

/** The limit of production, in minor units. */
const APPROVAL_LIMIT = 1_000_000;
const WAIT = { prefer: 'wait=10' };

/** The template of the data stack with a part of its text replaced. */
function changedTemplate(part: string | RegExp, replacement: string): Template {
  return JSON.parse(JSON.stringify(productionTemplate('data')).replaceAll(part, replacement)) as Template;
}

/** The paths of the attributes of an item. */
function attributeNames(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => attributeNames(`${path}[]`, one));
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([name, one]) => attributeNames(`${path}.${name}`, one));
}

describe('the apps in the environments of their task definitions, on the resources of the data template', () => {
  let pipeline: Pipeline;
  let clients: AwsClients;

  beforeAll(async () => {
    pipeline = await Pipeline.start({}, startDeployedRun);
    clients = awsClients(pipeline.aws.env);
  });

  afterAll(async () => {
    clients?.destroy();
    await pipeline?.stop();
  });

  it('use the names of the stage', () => {
    expect(pipeline.aws.resources).toMatchObject({
      ordersQueueUrl: expect.stringMatching(`/${PREFIX}-orders$`),
      ordersTableName: `${PREFIX}-orders`,
      orderEventsTopicArn: `arn:aws:sns:${REGION}:000000000000:${PREFIX}-order-events.fifo`,
    });
  });

  it('take an order from the request to its credit note, and send each event to every subscriber', async () => {
    const [buyer, operator, fulfillment, accounting] = await Promise.all(
      ['wholesale', 'operator', 'fulfillment', 'accounting'].map((role) => pipeline.token(role, role)),
    );
    const request = { ...aWholesaleRequest(APPROVAL_LIMIT), purchaseOrderNumber: 'PO-1' };
    const { body } = await pipeline.place(buyer!, request, randomUUID(), WAIT);
    const orderId = body['orderId'] as string;
    expect(body['status']).toBe('AWAITING_APPROVAL');
    // Each of these queries reads an index.
    const lists = ['customerId=wholesale', 'status=AWAITING_APPROVAL', 'purchaseOrderNumber=PO-1'];
    for (const query of [...lists, `paymentReference=${request.payment.reference}`]) {
      const list = await pipeline.request<OrderPage>(`/v1/orders?${query}`, operator);
      expect(list.body.data).toEqual([expect.objectContaining({ orderId, total: APPROVAL_LIMIT })]);
    }
    const items = [{ lineNumber: 1, quantity: 1 }];
    await pipeline.changed(operator!, orderId, 'approval');
    await pipeline.changed(fulfillment!, orderId, 'fulfillment');
    await pipeline.changed(fulfillment!, orderId, 'shipments', { carrier: 'DHL', trackingNumber: 'JD1', items });
    await pipeline.changed(buyer!, orderId, 'returns', { items, reason: 'leaks' });
    const waiting = await pipeline.request<OrderPage>('/v1/orders?returns=REQUESTED', operator);
    expect(waiting.body.data).toEqual([expect.objectContaining({ orderId })]);
    await pipeline.changed(operator!, orderId, 'returns/1/approval');
    await pipeline.changed(fulfillment!, orderId, 'returns/1/receipt');
    const closed = await pipeline.changed(accounting!, orderId, 'returns/1/closure');
    expect(closed).toMatchObject({ version: 8, creditNotes: [{ returnId: '1' }] });
    for (const service of SERVICES) {
      const events = await pipeline.inboxes[service].waitForEvents(orderId, 8);
      expect(events.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  it('keep the outcome of a refused command, and the outcomes of a batch', async () => {
    const [customer, buyer] = [await pipeline.token('cust-1'), await pipeline.token('shop-1', 'wholesale')];
    const placed = await pipeline.place(customer, anOrderRequest(), randomUUID(), WAIT);
    await pipeline.suspend('worker');
    const cancel = () => pipeline.change(customer, placed.body['orderId'] as string, 'cancellation', {});
    const commands = [await cancel(), await cancel()];
    await pipeline.resume('worker');
    const untilDecided = async (path: string, token: string) => {
      for (;;) {
        const { body } = await pipeline.request<{ status: string; data?: object[] }>(path, token);
        if (body.status !== 'PENDING') return body;
      }
    };
    const paths = commands.map(({ body }) => (body['links'] as { self: string }).self);
    const outcomes = await Promise.all(paths.map((path) => untilDecided(path, customer)));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['APPLIED', 'REFUSED']);

    const batch = await pipeline.request('/v1/order-batches', buyer, {
      method: 'POST',
      headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/x-ndjson' },
      body: Array.from({ length: 30 }, (_, n) => JSON.stringify(aWholesaleRequest(100 + n))).join('\n'),
    });
    expect((await untilDecided(batch.headers.get('location')!, buyer)).data).toHaveLength(30);
  });

  it('dead-letter what they cannot handle, where the tools of operators find it by the name of the stage', async () => {
    await pipeline.deadLettered(await pipeline.sendToOrdersQueue('<order/>'));
    const { ordersTableName: TableName, relayDeadLetterQueueUrl } = pipeline.aws.resources;
    const Item = marshall(withoutHistory(anOrder()), { removeUndefinedValues: true });
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item }));
    await pipeline.logs.find('quarantine', ({ event }) => event === 'record_quarantined');
    expect(await depthOf(clients.sqs, relayDeadLetterQueueUrl)).toBe(1);
    const { out } = await runTool('dlq.ts', pipeline.aws.env, '--stage', 'production', '--json');
    const { queues } = JSON.parse(out) as { queues: { name: string; messages: number }[] };
    expect(queues.filter(({ messages }) => messages > 0).map(({ name }) => name)).toEqual([
      'orders-dlq',
      'stream-relay-dlq.fifo',
    ]);
  });

  it('store only attributes whose names infra/test/stored-names.json has (docs/releasing.md)', async () => {
    const committed = new URL('../infra/test/stored-names.json', import.meta.url);
    const { attributes } = JSON.parse(readFileSync(committed, 'utf8')) as { attributes: string[] };
    const stored = await Promise.all(
      cloudResources.tables.map(async ({ name }) => {
        const items = await scanTable<object>(clients.dynamodb, `${PREFIX}-${name}`);
        return items.flatMap((item) => attributeNames(name, item));
      }),
    );
    const imported = attributeNames('orders', JSON.parse(JSON.stringify(importOrder(anImportedOrder(), 1, false))));
    expect(
      [...new Set([...stored.flat(), ...imported])].filter((name) => !attributes.includes(name)).toSorted(),
    ).toEqual([]);
  });

  describe('a stack beside it, whose template filters the events of inventory', () => {
    const copy = changedTemplate(PREFIX, 'copy');
    const subscription = Object.entries(copy.Resources).find(([id]) => id.startsWith('inventorySubscription'))![1];
    Object.assign(subscription.Properties!, { FilterPolicy: { channel: ['RETAIL'] } });
    const urlOf = async (QueueName: string) =>
      (await clients.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;

    beforeAll(async () => {
      await DeployedStack.deploy(clients, copy, REGION);
      for (const channel of ['WHOLESALE', 'RETAIL']) {
        await clients.sns.send(
          new PublishCommand({
            TopicArn: `arn:aws:sns:${REGION}:000000000000:copy-order-events.fifo`,
            Message: channel,
            MessageGroupId: channel,
            MessageDeduplicationId: channel,
            MessageAttributes: { channel: { DataType: 'String', StringValue: channel } },
          }),
        );
      }
    });

    it('delivers to inventory only what passes, and to the others everything', async () => {
      expect(await depthOf(clients.sqs, await urlOf('copy-inventory.fifo'))).toBe(1);
      expect(await depthOf(clients.sqs, await urlOf('copy-accounting.fifo'))).toBe(2);
    });

    it('moves an event that inventory received five times to its dead-letter queue', async () => {
      const QueueUrl = await urlOf('copy-inventory.fifo');
      const receive = async () =>
        (await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }))).Messages?.[0];
      for (let received = 1; received <= 5; received += 1) {
        const { Body, ReceiptHandle } = (await receive())!;
        expect(Body).toBe('RETAIL');
        await clients.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      }
      expect(await receive()).toBeUndefined();
      expect(await depthOf(clients.sqs, await urlOf('copy-inventory-dlq.fifo'))).toBe(1);
    });
  });
});

describe('a template with parts that this test does not know', () => {
  it.each([
    ['a type', /"AWS::Backup::BackupVault"/g, '"AWS::S3::Bucket"', / has the unknown type AWS::S3::Bucket$/],
    ['a property of a queue', /"MessageRetentionPeriod"/g, '"RetentionPeriod"', /Queue, has the unknown property Ret/],
    ['a property of a table', /"BillingMode"/g, '"Billing"', /Table, has the unknown property Billing$/],
  ])('is not deployed, and the error names it: %s', (_, part, replacement, error) => {
    const errors = unknownParts(changedTemplate(part, replacement));
    expect(errors).toContainEqual(expect.stringMatching(error));
    expect(unknownParts(productionTemplate('data'))).toEqual([]);
  });
});
