import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { BatcherError } from '#libs/batching';
import { OrderError } from '#libs/orders';

/** Bounds of the calls that concurrent callers share. */
export const BATCH_BOUNDS = {
  /** 4 calls of 25 inserts that take about 10 ms are 10,000 orders/s, far more than one process decides. */
  maxInFlight: 4,
  maxPending: 10_000,
  /** A call that is not full waits at most this long while others are in flight. */
  maxGatherMs: 20,
  /** The longest wait for a call to start; the client's time-out comes on top. */
  maxWaitMs: 1_000,
};

/** Errors that no repetition fixes. */
const FINAL_ERRORS = new Set([
  'ValidationException',
  'SerializationException',
  'ItemCollectionSizeLimitExceededException',
]);

/** @throws OrderError ITEM_REFUSED when the table refuses the call permanently, TABLE_UNAVAILABLE for every other error. */
export async function tableCall<Output>(send: () => Promise<Output>): Promise<Output> {
  try {
    return await send();
  } catch (cause) {
    throw isFinal(cause) ? refusedBy(cause) : unavailableBy(cause);
  }
}

/** Puts the item if its condition holds. If not, the table already has a newer item, which stays. */
export function putUnlessNewer(client: DynamoDBClient, input: PutItemCommandInput): Promise<void> {
  return tableCall(async () => {
    try {
      await client.send(new PutItemCommand(input));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  });
}

/** Turns a batcher's error, for a call that could not start in time, into TABLE_UNAVAILABLE. */
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

export function unavailable(received: string, cause?: unknown): OrderError {
  return new OrderError('TABLE_UNAVAILABLE', `expected an answer from the table, got ${received}`, { cause });
}
