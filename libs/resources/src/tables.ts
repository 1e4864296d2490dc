/** A key attribute: its name and its DynamoDB type (S string, N number, B binary). */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** A global secondary index that projects the keys and the named attributes. */
export interface IndexDefinition {
  readonly name: string;
  readonly hashKey: KeyAttribute;
  readonly rangeKey?: KeyAttribute;
  /** Attributes projected besides the keys. */
  readonly includedAttributes: readonly string[];
}

/** Properties of a table in every environment. */
export interface TableDefinition {
  readonly name: string;
  readonly billingMode: 'PAY_PER_REQUEST';
  readonly hashKey: KeyAttribute;
  readonly rangeKey?: KeyAttribute;
  readonly indexes: readonly IndexDefinition[];
  /** The attribute with the time, in seconds since 1970, after which DynamoDB deletes an item. */
  readonly timeToLive?: string;
  /** Contents of the stream's records; absent when the table has no stream. */
  readonly stream?: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
}

const SUMMARY = ['orderId', 'status', 'channel', 'currency', 'total', 'version'];

/** Holds one item for each order, with its history. Events are published from its stream. */
export const ordersTable: TableDefinition = {
  name: 'orders',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'orderKey', type: 'S' },
  indexes: [
    {
      name: 'customer-orders',
      hashKey: { name: 'customerId', type: 'S' },
      rangeKey: { name: 'placedAt', type: 'S' },
      includedAttributes: SUMMARY,
    },
    {
      // Sparse: only orders that wait for somebody have its key. A list has several values, so that no partition limits the writes.
      name: 'work',
      hashKey: { name: 'work', type: 'S' },
      rangeKey: { name: 'updatedAt', type: 'S' },
      includedAttributes: [...SUMMARY, 'placedAt', 'customerId', 'purchaseOrderNumber', 'openReturns'],
    },
    // Only what never changes, so that changes of an order do not write these indexes.
    {
      name: 'purchase-orders',
      hashKey: { name: 'purchaseOrderKey', type: 'S' },
      rangeKey: { name: 'placedAt', type: 'S' },
      includedAttributes: ['orderId'],
    },
    {
      name: 'payments',
      hashKey: { name: 'paymentKey', type: 'S' },
      rangeKey: { name: 'placedAt', type: 'S' },
      includedAttributes: ['orderId'],
    },
  ],
  stream: 'NEW_AND_OLD_IMAGES',
};

/**
 * Holds which order each payment pays. The worker inserts a claim before the order. Claims never expire: a payment pays one order,
 * ever. A table of its own, because the relay would read and skip a row in the stream of `orders` for each order.
 */
export const paymentClaimsTable: TableDefinition = {
  name: 'payment-claims',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'payment', type: 'S' },
  indexes: [],
};

/** Holds the outcomes of commands that the worker refused, for clients that request them. */
export const commandOutcomesTable: TableDefinition = {
  name: 'command-outcomes',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'commandId', type: 'S' },
  indexes: [],
  timeToLive: 'expiresAt',
};

/** Holds the outcomes of the orders of a batch; each item has several rows. */
export const orderBatchesTable: TableDefinition = {
  name: 'order-batches',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'batchId', type: 'S' },
  rangeKey: { name: 'part', type: 'N' },
  indexes: [],
  timeToLive: 'expiresAt',
};

/** Holds the leases and checkpoints of the relay instances that read the shards of the orders table's stream. */
export const streamLeasesTable: TableDefinition = {
  name: 'stream-leases',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'consumerGroup', type: 'S' },
  rangeKey: { name: 'shardId', type: 'S' },
  indexes: [],
};

/** Holds what operators did to the pipeline, with which tool, and why. No service reads or writes it. */
export const operationsLogTable: TableDefinition = {
  name: 'operations-log',
  billingMode: 'PAY_PER_REQUEST',
  // All entries have the same hash key, so that one query returns the newest.
  hashKey: { name: 'log', type: 'S' },
  rangeKey: { name: 'operationId', type: 'S' },
  indexes: [],
};
