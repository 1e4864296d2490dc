import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { LeaseRow } from './lease-table.ts';

/*
 * A failed condition is an answer; everything else that fails is thrown.
 */

/** Errors by which AWS says that a call like this one, made by these credentials, is never done. */
export const refusalNames: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ValidationException',
]);

/** The row that did not meet the condition, if it was asked for; `undefined` when the write was made. */
export async function refusalOf(call: Promise<unknown>): Promise<{ row: LeaseRow | undefined } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { row: error.Item };
    throw error;
  }
}

/** The answer, or `undefined` when the condition does not hold. */
export async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  const refusal = await refusalOf(call);
  return refusal ? undefined : call;
}

/**
 * Which items of a transaction did not meet their conditions, by position, each with its row if that was asked for; none
 * when it was made. Thrown when any item conflicted or was throttled, whatever the others say: nobody knows then whether
 * that item's own condition, say that the lease is held, was met. It is worth another try.
 */
export async function refusedItemsOf(
  transaction: Promise<unknown>,
): Promise<ReadonlyMap<number, LeaseRow | undefined>> {
  try {
    await transaction;
    return new Map();
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const refused = new Map<number, LeaseRow | undefined>();
    for (const [position, { Code = 'None', Item }] of (error.CancellationReasons ?? []).entries()) {
      if (Code === 'ConditionalCheckFailed') refused.set(position, Item);
      else if (Code !== 'None') throw error;
    }
    if (refused.size === 0) throw error;
    return refused;
  }
}
