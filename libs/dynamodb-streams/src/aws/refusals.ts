import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { LeaseRow } from './lease-row.ts';

/*
 * A failed condition is an answer; everything else that fails is thrown.
 */

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
 * Which items of a transaction did not meet their conditions, by position; none when it was made. One that was cancelled
 * by a conflict or by throttling is thrown: it is worth another try.
 */
export async function refusedItemsOf(transaction: Promise<unknown>): Promise<ReadonlySet<number>> {
  try {
    await transaction;
    return new Set();
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
    const refused = codes.flatMap((code, position) => (code === 'ConditionalCheckFailed' ? [position] : []));
    if (refused.length === 0) throw error;
    return new Set(refused);
  }
}
