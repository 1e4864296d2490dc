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
  /** Projected besides the keys. */
  readonly includedAttributes: readonly string[];
}

/** A table as it is in every environment. */
export interface TableDefinition {
  readonly name: string;
  readonly billingMode: 'PAY_PER_REQUEST';
  readonly hashKey: KeyAttribute;
  readonly rangeKey?: KeyAttribute;
  readonly indexes: readonly IndexDefinition[];
  /** What a stream record holds. Without it the table has no stream. */
  readonly stream?: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
}

/** One item an order, with its history; the stream is where events come from. */
export const ordersTable: TableDefinition = {
  name: 'orders',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'orderKey', type: 'S' },
  indexes: [
    {
      name: 'customer-orders',
      hashKey: { name: 'customerId', type: 'S' },
      rangeKey: { name: 'placedAt', type: 'S' },
      includedAttributes: ['orderId', 'status', 'channel', 'currency', 'total', 'version'],
    },
  ],
  stream: 'NEW_AND_OLD_IMAGES',
};

/** Which relay instance reads which shard of the table's stream, and up to where. */
export const streamLeasesTable: TableDefinition = {
  name: 'stream-leases',
  billingMode: 'PAY_PER_REQUEST',
  hashKey: { name: 'consumerGroup', type: 'S' },
  rangeKey: { name: 'shardId', type: 'S' },
  indexes: [],
};
