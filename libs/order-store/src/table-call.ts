import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { BatcherError } from '#libs/batching';
import { OrderError } from '#libs/orders';

/** Of calls that several callers share. */
export const BATCH_BOUNDS = {
  /** 4 calls of 25 inserts at about 10 ms each are 10,000 orders/s, far more than one process decides. */
  maxInFlight: 4,
  maxPending: 10_000,
  /** Longest that a call that is not full waits beside a slow one. */
  maxGatherMs: 20,
  /** Longest wait for a call to begin, beside the time that the client gives a call. */
  maxWaitMs: 1_000,
};

/** What no repetition mends. */
const FINAL_ERRORS = new Set([
  'ValidationException',
  'SerializationException',
  'ItemCollectionSizeLimitExceededException',
]);

/** @throws OrderError ITEM_REFUSED for what the table does not take as it is, TABLE_UNAVAILABLE for all else. */
export async function tableCall<Output>(send: () => Promise<Output>): Promise<Output> {
  try {
    return await send();
  } catch (cause) {
    throw isFinal(cause) ? refusedBy(cause) : unavailableBy(cause);
  }
}

/** Puts the item where its condition holds; where it does not, a newer one is there, and that is fine. */
export function putUnlessNewer(client: DynamoDBClient, input: PutItemCommandInput): Promise<void> {
  return tableCall(async () => {
    try {
      await client.send(new PutItemCommand(input));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  });
}

/** A call that could not begin in time is one more way in which the table is unavailable. */
export async function answered<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    throw error instanceof BatcherError ? unavailable(error.message, error) : error;
  }
}

export function isFinal(cause: unknown): cause is Error {
  return cause instanceof Error && FINAL_ERRORS.has(cause.name);
}

export function refusedBy(cause: Error): OrderError {
  return new OrderError('ITEM_REFUSED', `expected the table to take the item, got ${cause.message}`, { cause });
}

export function unavailableBy(cause: unknown): OrderError {
  return unavailable(cause instanceof Error ? cause.name : String(cause), cause);
}

export function unavailable(came: string, cause?: unknown): OrderError {
  return new OrderError('TABLE_UNAVAILABLE', `expected an answer of the table, got ${came}`, { cause });
}
