import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { LeaseRow } from './lease-table.ts';

/*
 * The functions below return a failed condition as a value and throw every other failure.
 */

/** Errors of calls that AWS will never accept from these credentials. */
export const refusalNames: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ValidationException',
]);

/** Returns the row that did not meet the condition, if the call requests it; `undefined` when the write succeeded. */
export async function refusalOf(call: Promise<unknown>): Promise<{ row: LeaseRow | undefined } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { row: error.Item };
    throw error;
  }
}

/** Returns the answer, or `undefined` when the condition does not hold. */
export async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  const refusal = await refusalOf(call);
  return refusal ? undefined : call;
}

/**
 * Returns the items of a transaction that did not meet their conditions, by position, each with its row if the item
 * requests it; an empty map when the transaction succeeded. Throws when any item conflicted or was throttled: then it is
 * unknown whether that item's condition, such as the one that the lease is held, was met. A retry may succeed.
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
