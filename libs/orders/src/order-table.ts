import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  QueryCommand,
  type AttributeValue,
  type BatchStatementError,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Batcher, BatcherError } from '#libs/batching';
import { decodeCursor, encodeCursor } from './order-cursor.ts';
import { OrderError } from './order-error.ts';
import type { OrderSummary, StoredOrder } from './order.ts';

export const CUSTOMER_ORDERS_INDEX = 'customer-orders';

/** What a create came to: this call made the order, or one with the same key was there before. */
export type Creation = { created: true } | { created: false; existing: StoredOrder };

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** Of a stored order, what tells whether a request repeats it. */
export type Placement = Pick<StoredOrder, 'orderKey' | 'orderId' | 'fingerprint'>;

/** BatchExecuteStatement takes 25 statements, BatchGetItem 100 keys. */
const MAX_STATEMENTS = 25;
const MAX_KEYS = 100;
/** 4 calls of 25 inserts at about 10 ms each are 10,000 orders/s, far more than one process decides. */
const MAX_CALLS_IN_FLIGHT = 4;
const MAX_PENDING = 10_000;
/** Longest that a call that is not full waits beside a slow one. */
const MAX_GATHER_MS = 20;
/** Longest wait for a call to begin, beside the time that the client gives a call. */
const MAX_WAIT_MS = 1_000;
/** Statement errors that no repetition mends. Everything else may pass. */
const FINAL_STATEMENT_ERRORS = new Set<BatchStatementError['Code']>([
  'ValidationError',
  'ItemCollectionSizeLimitExceeded',
]);
const PROBE_KEY = 'probe';
const PLACEMENT_PROJECTION = 'orderKey, orderId, fingerprint';

/**
 * The orders table. Callers deal with one order at a time; concurrent calls share few requests to DynamoDB.
 * Every method rejects with OrderError TABLE_UNAVAILABLE when the table does not answer now.
 */
export class OrderTable {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;
  private readonly creations: Batcher<StoredOrder, 'created' | 'duplicate'>;
  private readonly orderReads: Batcher<string, StoredOrder | undefined>;
  private readonly placementReads: Batcher<string, Placement | undefined>;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
    const bounds = {
      maxInFlight: MAX_CALLS_IN_FLIGHT,
      maxPending: MAX_PENDING,
      maxGatherMs: MAX_GATHER_MS,
      maxWaitMs: MAX_WAIT_MS,
    };
    this.creations = new Batcher({
      ...bounds,
      maxItems: MAX_STATEMENTS,
      keyOf: (order) => order.orderKey,
      send: (orders) => this.insert(orders),
    });
    this.orderReads = new Batcher({ ...bounds, maxItems: MAX_KEYS, send: (keys) => this.read(keys, {}) });
    this.placementReads = new Batcher({
      ...bounds,
      maxItems: MAX_KEYS,
      send: (keys) => this.read(keys, { ProjectionExpression: PLACEMENT_PROJECTION, ConsistentRead: false }),
    });
  }

  /**
   * Creates the order unless one with its key exists; never changes an existing one.
   * @throws OrderError ITEM_REFUSED when the table refuses the item for good.
   */
  async create(order: StoredOrder): Promise<Creation> {
    if ((await added(this.creations.add(order))) === 'created') return { created: true };
    const existing = await this.find(order.orderKey);
    if (!existing)
      throw new OrderError('TABLE_UNAVAILABLE', 'expected to read the order that an insert met, found none');
    return { created: false, existing };
  }

  /** Strongly consistent: sees every create that was answered before. */
  find(orderKey: string): Promise<StoredOrder | undefined> {
    return added(this.orderReads.add(orderKey));
  }

  /** Eventually consistent, at half the price: may miss a create of the last second. */
  findPlacement(orderKey: string): Promise<Placement | undefined> {
    return added(this.placementReads.add(orderKey));
  }

  /**
   * A customer's orders, newest first.
   * @param cursor `nextCursor` of the page before.
   * @throws OrderError MALFORMED_CURSOR
   */
  async listByCustomer(customerId: string, limit: number, cursor?: string): Promise<OrderPage> {
    const startKey = cursor === undefined ? undefined : marshall({ customerId, ...decodeCursor(cursor) });
    const { Items = [], LastEvaluatedKey } = await this.call(() =>
      this.client.send(
        new QueryCommand({
          TableName: this.tableName,
          IndexName: CUSTOMER_ORDERS_INDEX,
          KeyConditionExpression: 'customerId = :customerId',
          ExpressionAttributeValues: { ':customerId': { S: customerId } },
          ScanIndexForward: false,
          Limit: limit,
          ...(startKey && { ExclusiveStartKey: startKey }),
        }),
      ),
    );
    return {
      data: Items.map((item) => summaryOf(unmarshall(item) as StoredOrder)),
      nextCursor: LastEvaluatedKey ? encodeCursor(unmarshall(LastEvaluatedKey) as StoredOrder) : null,
    };
  }

  /** Whether the table answers: reads a key that no order has. */
  async probe(): Promise<void> {
    await this.find(PROBE_KEY);
  }

  private async insert(orders: readonly StoredOrder[]): Promise<PromiseSettledResult<'created' | 'duplicate'>[]> {
    const Statements = orders.map((order) => this.insertStatement(order));
    try {
      const { Responses = [] } = await this.client.send(new BatchExecuteStatementCommand({ Statements }));
      return orders.map((_, position) => outcomeOf(Responses[position]));
    } catch (cause) {
      if (!(cause instanceof Error) || cause.name !== 'ValidationException') throw unavailableBy(cause);
      // One bad statement fails the whole call. Alone, each shows whether it is the one.
      if (orders.length > 1) return this.insertEach(orders);
      throw new OrderError('ITEM_REFUSED', `expected the table to take the order, got ${cause.message}`, { cause });
    }
  }

  private async insertEach(orders: readonly StoredOrder[]): Promise<PromiseSettledResult<'created' | 'duplicate'>[]> {
    const calls = await Promise.allSettled(orders.map((order) => this.insert([order])));
    return calls.map((call) =>
      call.status === 'fulfilled' ? (call.value[0] as PromiseSettledResult<'created'>) : call,
    );
  }

  private insertStatement(order: StoredOrder): { Statement: string; Parameters: AttributeValue[] } {
    const item = marshall(order, { removeUndefinedValues: true, convertClassInstanceToMap: true });
    const fields = Object.keys(item).map((name) => `'${name}': ?`);
    return {
      Statement: `INSERT INTO "${this.tableName}" VALUE {${fields.join(', ')}}`,
      Parameters: Object.values(item),
    };
  }

  private async read<Item extends { orderKey: string }>(
    orderKeys: readonly string[],
    options: { ProjectionExpression?: string; ConsistentRead?: boolean },
  ): Promise<PromiseSettledResult<Item | undefined>[]> {
    const { Responses = {}, UnprocessedKeys = {} } = await this.call(() =>
      this.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [this.tableName]: {
              // BatchGetItem refuses a key that comes twice.
              Keys: [...new Set(orderKeys)].map((orderKey) => ({ orderKey: { S: orderKey } })),
              ConsistentRead: true,
              ...options,
            },
          },
        }),
      ),
    );
    const found = new Map(Responses[this.tableName]?.map((item) => [item['orderKey']?.S, unmarshall(item) as Item]));
    const unprocessed = new Set(UnprocessedKeys[this.tableName]?.Keys?.map((key) => key['orderKey']?.S));
    return orderKeys.map((orderKey) =>
      unprocessed.has(orderKey)
        ? { status: 'rejected', reason: unavailable('the table left the key unprocessed') }
        : { status: 'fulfilled', value: found.get(orderKey) },
    );
  }

  private async call<Output>(send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (cause) {
      throw unavailableBy(cause);
    }
  }
}

/** A call that could not begin in time is one more way in which the table is unavailable. */
async function added<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    throw error instanceof BatcherError ? unavailable(error.message, error) : error;
  }
}

function outcomeOf(response: BatchStatementResponse | undefined): PromiseSettledResult<'created' | 'duplicate'> {
  if (!response) return { status: 'rejected', reason: unavailable('the table gave no outcome for a statement') };
  if (!response.Error) return { status: 'fulfilled', value: 'created' };
  const { Code, Message } = response.Error;
  if (Code === 'DuplicateItem') return { status: 'fulfilled', value: 'duplicate' };
  const reason = FINAL_STATEMENT_ERRORS.has(Code)
    ? new OrderError('ITEM_REFUSED', `expected the table to take the order, it answered ${Code}: ${Message}`)
    : unavailable(`${Code}: ${Message}`);
  return { status: 'rejected', reason };
}

function unavailableBy(cause: unknown): OrderError {
  return unavailable(cause instanceof Error ? cause.name : String(cause), cause);
}

function unavailable(came: string, cause?: unknown): OrderError {
  return new OrderError('TABLE_UNAVAILABLE', `expected an answer of the orders table, got ${came}`, { cause });
}

function summaryOf({ orderId, status, channel, currency, total, version, placedAt }: StoredOrder): OrderSummary {
  return { orderId, status, channel, currency, total, version, placedAt };
}
