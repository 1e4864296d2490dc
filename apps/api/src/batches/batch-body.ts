import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BATCH_PART_ROWS, MAX_BATCH_ROWS } from '#libs/order-requests';
import { mustBeEmpty, mustNotBeEncoded } from '../http/json-body.ts';
import { Problem } from '../http/problem.ts';
import { ArraySplitter, LineSplitter, type RowText } from './row-splitter.ts';

export const BATCHES_PATH = 'v1/order-batches';
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
/** Replaces `application/json` in a request for a batch, because other JSON bodies are read whole. */
const ARRAY = 'application/x-json-stream';

/** 1,000 orders of 16 KB each. */
export const MAX_BATCH_BYTES = 16 * 1_024 * 1_024;
const MAX_BATCH_MIB = MAX_BATCH_BYTES / 1_024 / 1_024;

/** Passes the bodies of batches as streams, which are read row by row. */
export function streamBatchBodies(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'] ?? '';
    if (isBatch(request) && /^application\/json\s*(;|$)/i.test(type)) request.headers['content-type'] = ARRAY;
    done();
  });
  server.addContentTypeParser([...NDJSON, ARRAY], async (request: FastifyRequest, payload: Readable) => {
    mustNotBeEncoded(request);
    return isBatch(request) ? payload : mustBeEmpty(payload);
  });
}

function isBatch({ routeOptions, method }: FastifyRequest): boolean {
  return method === 'POST' && routeOptions.url === `/${BATCHES_PATH}`;
}

/** @throws Problem `too-large` when the content length exceeds the limit. Without a content length, the body is read up to the limit. */
export function mustNotBeTooLarge({ headers }: FastifyRequest): void {
  if (Number(headers['content-length'] ?? 0) <= MAX_BATCH_BYTES) return;
  throw new Problem('too-large', `the batch is over ${MAX_BATCH_MIB} MiB`);
}

/** Whether the body is a JSON array; otherwise it is NDJSON. */
export function isArrayBody({ headers }: FastifyRequest): boolean {
  return headers['content-type'] === ARRAY;
}

/** A row of a batch, counted from 1. */
export type NumberedRow = RowText & { row: number };

export interface RowsPart {
  part: number;
  rows: NumberedRow[];
  isLast: boolean;
}

/** Reads a body part by part, only as fast as its rows are processed. */
export async function* partsOf(body: Readable, isArray: boolean): AsyncGenerator<RowsPart> {
  let part = 1;
  let rows: NumberedRow[] = [];
  for await (const row of rowsOf(body, isArray)) {
    if (rows.length === BATCH_PART_ROWS) {
      yield { part, rows, isLast: false };
      part += 1;
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield { part, rows, isLast: true };
}

const UNREAD = 'this one and those after it were not read';

/** The rows of a body. Everything beyond the limits of a batch is one row with an error. */
async function* rowsOf(body: Readable, isArray: boolean): AsyncGenerator<NumberedRow> {
  const splitter = isArray ? new ArraySplitter() : new LineSplitter();
  let row = 0;
  let bytes = 0;
  // The rest of the body is not destroyed: that would end the connection before the answer is sent.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (const text of splitter.push(chunk)) {
      row += 1;
      if (row > MAX_BATCH_ROWS) {
        yield { row, error: `a batch has at most ${MAX_BATCH_ROWS} orders: ${UNREAD}` };
        return;
      }
      yield { ...text, row };
    }
    if (bytes > MAX_BATCH_BYTES) {
      yield { row: row + 1, error: `a batch has at most ${MAX_BATCH_MIB} MiB: ${UNREAD}` };
      return;
    }
  }
  for (const text of splitter.end()) yield { ...text, row: (row += 1) };
}
