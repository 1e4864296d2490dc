import 'reflect-metadata';
import { DynamoDBClient, PutItemCommand, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type Message, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { plainToInstance } from 'class-transformer';
import { validateOrReject } from 'class-validator';
import { Consumer } from 'sqs-consumer';
import { orderRuleErrors, PlaceOrderCommand } from '#libs/order-requests';
import { paymentClaimOf, placeOrder, type StoredOrder } from '#libs/orders';

/*
 * A typical worker: sqs-consumer with a handler of one message, which calls PutItem for the claim on the payment and for the order,
 * followed by DeleteMessage. It checks and
 * decides like our worker. It has no log, metrics, traces or dead-letter messages.
 */

const CONSUMERS = 5;
const rules = {
  wholesaleApprovalLimit: { EUR: 1_000_000 },
  seller: { name: 'Cleaning Supplies GmbH', address: ['1 Soap Rd', '10115 Berlin', 'DE'], vatId: 'DE123456789' },
};

const dynamodb = new DynamoDBClient();
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });

/** The returned message is deleted. */
async function handleMessage(message: Message): Promise<Message> {
  const command = plainToInstance(PlaceOrderCommand, JSON.parse(message.Body ?? ''));
  await validateOrReject(command, { whitelist: true, forbidNonWhitelisted: true });
  const errors = orderRuleErrors(command.request);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  await create(placeOrder(command, rules, new Date().toISOString()));
  return message;
}

/** The claim on the payment, then the order. The stub accepts both, so nothing here rejects an order. */
async function create(order: StoredOrder): Promise<void> {
  const claim = { payment: paymentClaimOf(order), orderId: order.orderId, claimedAt: order.placedAt };
  await putNew(process.env['PAYMENT_CLAIMS_TABLE'], claim, 'payment');
  await putNew(process.env['ORDERS_TABLE'], order, 'orderKey');
}

async function putNew(TableName: string | undefined, item: object, key: string): Promise<void> {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName,
        Item: marshall(item, { removeUndefinedValues: true, convertClassInstanceToMap: true }),
        ConditionExpression: `attribute_not_exists(${key})`,
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

for (let started = 0; started < CONSUMERS; started += 1) {
  const consumer = Consumer.create({
    sqs,
    queueUrl: process.env['ORDERS_QUEUE_URL'] as string,
    batchSize: 10,
    waitTimeSeconds: 20,
    handleMessage,
  });
  consumer.on('error', (error) => process.stderr.write(`${error.message}\n`));
  consumer.on('processing_error', (error) => process.stderr.write(`${error.message}\n`));
  consumer.start();
}
process.once('SIGTERM', () => process.exit(0));
