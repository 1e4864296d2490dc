import {
  BatchExecuteStatementCommand,
  type AttributeValue,
  type BatchStatementError,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { Batcher } from '#libs/batching';
import { OrderError } from '#libs/orders';
import { answered, BATCH_BOUNDS, isFinal, refusedBy, unavailable, unavailableBy } from './table-call.ts';

/** BatchExecuteStatement takes 25 statements. */
const MAX_STATEMENTS = 25;
/** Statement errors that no repetition fixes. Every other error is temporary. */
const FINAL_STATEMENT_ERRORS = new Set<BatchStatementError['Code']>([
  'ValidationError',
  'ItemCollectionSizeLimitExceeded',
]);
/** An INSERT found an item with its key, or the condition of an UPDATE did not hold. */
const CONDITION_ERRORS = new Set<BatchStatementError['Code']>(['DuplicateItem', 'ConditionalCheckFailed']);

/** A PartiQL statement that writes one item. */
export interface WriteStatement {
  /** The item's key, different from those of other tables. A call never has two statements with the same key. */
  key: string;
  Statement: string;
  Parameters: AttributeValue[];
}

export type WriteOutcome = 'WRITTEN' | 'CONDITION_FAILED';
type Outcomes = PromiseSettledResult<WriteOutcome>[];

/** Writes items one by one, each under its own condition; concurrent callers share few requests to DynamoDB. */
export class TableWrites {
  private readonly client: DynamoDBClient;
  private readonly statements: Batcher<WriteStatement, WriteOutcome>;

  constructor(client: DynamoDBClient) {
    this.client = client;
    this.statements = new Batcher({
      ...BATCH_BOUNDS,
      maxItems: MAX_STATEMENTS,
      keyOf: ({ key }) => key,
      send: (statements) => this.execute(statements),
    });
  }

  /** @throws OrderError TABLE_UNAVAILABLE, or ITEM_REFUSED when the table refuses the item permanently. */
  write(statement: WriteStatement): Promise<WriteOutcome> {
    return answered(this.statements.add(statement));
  }

  private async execute(statements: readonly WriteStatement[]): Promise<Outcomes> {
    const Statements = statements.map(({ Statement, Parameters }) => ({ Statement, Parameters }));
    try {
      const { Responses = [] } = await this.client.send(new BatchExecuteStatementCommand({ Statements }));
      return statements.map((_, position) => outcomeOf(Responses[position]));
    } catch (cause) {
      if (!isFinal(cause)) throw unavailableBy(cause);
      // One bad statement fails the whole call. Sent one by one, only the bad one fails.
      if (statements.length > 1) return this.executeEach(statements);
      throw refusedBy(cause);
    }
  }

  private async executeEach(statements: readonly WriteStatement[]): Promise<Outcomes> {
    const calls = await Promise.allSettled(statements.map((statement) => this.execute([statement])));
    return calls.map((call) => (call.status === 'fulfilled' ? (call.value[0] as Outcomes[number]) : call));
  }
}

function outcomeOf(response: BatchStatementResponse | undefined): Outcomes[number] {
  if (!response) return { status: 'rejected', reason: unavailable('the table gave no outcome for a statement') };
  if (!response.Error) return { status: 'fulfilled', value: 'WRITTEN' };
  const { Code, Message } = response.Error;
  if (CONDITION_ERRORS.has(Code)) return { status: 'fulfilled', value: 'CONDITION_FAILED' };
  const reason = FINAL_STATEMENT_ERRORS.has(Code)
    ? new OrderError('ITEM_REFUSED', `expected the table to take the item, it answered ${Code}: ${Message}`)
    : unavailable(`${Code}: ${Message}`);
  return { status: 'rejected', reason };
}
