import { setTimeout as sleep } from 'node:timers/promises';
import { paginateScan, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Environment } from './environment.ts';

const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Limits a rate to this many units a second, evenly: unused time is not saved up. The returned function resolves when the
 * earlier units have had their time, and rejects when the signal aborts.
 */
export function paceOf(perSecond: number) {
  let nextMs = 0;
  return async (units: number, signal: AbortSignal): Promise<void> => {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, nextMs);
    nextMs = atMs + (units * 1_000) / perSecond;
    if (atMs > nowMs) await sleep(atMs - nowMs, undefined, { signal });
  };
}

/** Repeats a failed call, with pauses that double, unless its error has `retryable: false`. */
export async function persistently<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || (error as { retryable?: boolean }).retryable === false) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * Math.random());
    }
  }
}

/** Of orders of up to 400 KB, DynamoDB returns 1 MB at a time. */
const ITEMS_PER_PAGE = 200;

/** The items of a table that a filter leaves, in pages, with this many read units a second. */
export async function* scannedPages<Item>(
  { dynamodb: client, nameOf }: Environment,
  table: string,
  filter: Omit<ScanCommandInput, 'TableName'>,
  readRate: number,
  signal: AbortSignal,
): AsyncGenerator<Item[]> {
  const pace = paceOf(readRate);
  const scan = { TableName: nameOf(table), Limit: ITEMS_PER_PAGE, ReturnConsumedCapacity: 'TOTAL' as const, ...filter };
  for await (const { Items = [], ConsumedCapacity, LastEvaluatedKey } of paginateScan({ client }, scan)) {
    signal.throwIfAborted();
    yield Items.map((item) => unmarshall(item) as Item);
    if (LastEvaluatedKey) await pace(ConsumedCapacity?.CapacityUnits ?? 0, signal);
  }
}
