import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { type BatchRow, type BatchTotals, shortened, type SubmittedOrder } from '#libs/order-requests';
import { type Caller, OrderIds, RECORD_BATCH } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import type { Bill } from '../auth/quota.ts';
import { ROW_UNITS } from '../auth/tariff.ts';
import { parseJson } from '../http/json-body.ts';
import { problemOfError } from '../http/problem.filter.ts';
import { invalidRequest, Problem } from '../http/problem.ts';
import { Slots } from '../http/slots.ts';
import { Turns } from '../http/turns.ts';
import { OrderChecking } from '../orders/order-checking.ts';
import { OrderPlacement } from '../orders/order-placement.ts';
import { OrdersQueue } from '../orders/orders-queue.ts';
import { TELEMETRY } from '../injected.ts';
import { type NumberedRow, partsOf, type RowsPart } from './batch-body.ts';

export interface RequestedBatch {
  idempotencyKey: string;
  body: Readable;
  /** The body is a JSON array; otherwise it is NDJSON. */
  isArray: boolean;
  traceparent: string;
  bill: Bill;
}

export interface AcceptedBatch extends BatchTotals {
  batchId: string;
}

/** A batch holds at most the 100 rows in flight, 25 MB if each is as large as it may be. */
const BATCHES = { ofCaller: 2, ofProcess: 8 };
/** 5 parts of 20 orders: 100 orders of a batch in flight, in ten calls to SQS. */
const MAX_PARTS_IN_FLIGHT = 5;
/** Enough to correct a refused row; a part of a batch still fits into one item of the table. */
const MAX_ERRORS = 5;
const MAX_DETAIL = 300;

export function batchPath(batchId: string): string {
  return `/v1/order-batches/${batchId}`;
}

/**
 * Accepts batches. Each order is placed as if it were sent by itself, under a key made of the batch's key and its row, so a
 * batch that is sent again resumes. The outcome of each row goes to the worker, which stores it.
 */
@Injectable()
export class OrderBatching {
  private readonly slots = new Slots('batches', BATCHES);

  constructor(
    private readonly orderIds: OrderIds,
    private readonly placement: OrderPlacement,
    private readonly checking: OrderChecking,
    private readonly turns: Turns,
    private readonly queue: OrdersQueue,
    @Inject(TELEMETRY) private readonly telemetry: Telemetry<'api'>,
  ) {}

  /**
   * Resolves when every order and the outcome of every row is durable.
   * @throws Problem `forbidden` when `PRICING` lets the caller place no order; `too-many-requests` when the caller has too many batches or has used up its quota; `invalid-request` when
   *   there is no order; `unavailable` when an order or an outcome was not
   *   acknowledged: sent again with the same key, the batch resumes.
   */
  async accept(caller: Caller, requested: RequestedBatch): Promise<AcceptedBatch> {
    this.placement.pricing.mustMayPlace(caller);
    const free = this.slots.take(caller.subject);
    return this.acceptAll(caller, requested).finally(free);
  }

  private async acceptAll(caller: Caller, requested: RequestedBatch): Promise<AcceptedBatch> {
    const batchId = this.idFor(caller, requested.idempotencyKey);
    const receivedAt = new Date().toISOString();
    const totals: BatchTotals = { accepted: 0, refused: 0 };
    const inFlight = new Set<Promise<unknown>>();
    const take = async ({ part, rows: numbered, isLast }: RowsPart) => {
      const rows = await Promise.all(numbered.map((row) => this.outcomeOf(caller, requested, row)));
      for (const { orderId } of rows) totals[orderId === undefined ? 'refused' : 'accepted'] += 1;
      const { traceparent } = requested;
      const last = isLast ? { totals: { ...totals } } : {};
      await this.queue.enqueue({ type: RECORD_BATCH, batchId, part, rows, ...last, receivedAt, traceparent });
    };
    for await (const part of partsOf(requested.body, requested.isArray)) {
      // The last part carries the totals, so all others are done by then.
      if (part.isLast) await Promise.all(inFlight);
      // A part that fails stays in the set, so the next `await` throws its error.
      const taken: Promise<unknown> = take(part).then(() => inFlight.delete(taken));
      taken.catch(() => undefined);
      inFlight.add(taken);
      if (inFlight.size === MAX_PARTS_IN_FLIGHT) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    if (totals.accepted + totals.refused === 0) {
      throw invalidRequest([{ pointer: '', detail: 'must have at least one order' }]);
    }
    return { batchId, ...totals };
  }

  /** The id that a batch with this key has. */
  idFor(caller: Caller, idempotencyKey: string): string {
    return this.orderIds.issue(scopeOf(caller), idempotencyKey);
  }

  /** Whether this service issued the id to this caller. */
  isOwn(caller: Caller, batchId: string): boolean {
    return this.orderIds.wasIssuedTo(batchId, scopeOf(caller));
  }

  /** @throws Problem `invalid-request`, `too-many-requests` */
  private async orderOf(bill: Bill, text: Buffer): Promise<SubmittedOrder> {
    const checked = await this.checking.check(bill, parseJson(text));
    if ('errors' in checked) throw invalidRequest(checked.errors);
    return checked.value;
  }

  private async outcomeOf(caller: Caller, requested: RequestedBatch, { row, ...text }: NumberedRow): Promise<BatchRow> {
    try {
      if ('error' in text) throw invalidRequest([{ pointer: '', detail: text.error }]);
      await requested.bill.charge(ROW_UNITS);
      await this.turns.next(caller.subject);
      return await this.turns.forBody(caller.subject, text.text.length, async () => {
        const submitted = await this.orderOf(requested.bill, text.text);
        // No Idempotency-Key of a caller contains a #.
        const order = this.placement.requested(caller, `${requested.idempotencyKey}#${row}`, submitted);
        const { orderId } = await this.placement.place(order, requested.bill, requested.traceparent);
        return { row, orderId };
      });
    } catch (error) {
      const problem = problemOfError(error);
      // An outage, a bug or the end of the quota fails the whole request, not the row.
      if (problem.status >= 500 || problem.kind === 'too-many-requests') throw error;
      this.telemetry.metrics.count('OrdersRefused', { Reason: problem.kind });
      const batchId = this.idFor(caller, requested.idempotencyKey);
      return { row, problem: shortenedProblem(problem).details(`${batchPath(batchId)}#${row}`) };
    }
  }
}

/** No subject contains a blank, so the id of a batch is never the id of an order. */
function scopeOf({ subject }: Caller): string {
  return `batch ${subject}`;
}

function shortenedProblem(problem: Problem): Problem {
  const errors = problem.errors?.slice(0, MAX_ERRORS).map(({ pointer, detail }) => ({
    pointer: shortened(pointer, MAX_DETAIL),
    detail: shortened(detail, MAX_DETAIL),
  }));
  return new Problem(problem.kind, shortened(problem.message, MAX_DETAIL * 2), { ...(errors && { errors }) });
}
