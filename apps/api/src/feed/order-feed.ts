import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { type Caller, OrderIds, type StoredOrder } from '#libs/orders';
import { Slots } from '../http/slots.ts';
import { isPending, mayRead, type PendingOrder } from '../orders/order-reading.ts';
import { historyView, orderView } from '../orders/order-view.ts';
import { STOPPING } from '../injected.ts';
import { OrderWatch } from './order-watch.ts';

/** 500 streams cost five calls of 100 orders a second. One caller cannot take them all. */
const STREAMS = { ofCaller: 20, ofProcess: 500 };
/** Streams end after this time, so that their clients return with a valid token. */
const MAX_AGE_MS = 15 * 60_000;
/** Load balancers close connections that are silent for 60 s. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2_000;
/** After its end, a stream stays open this long, so that the client can read what was sent. */
const LINGER_MS = 1_000;

/**
 * An order as server-sent events: a snapshot, then its changes. https://html.spec.whatwg.org/multipage/server-sent-events.html
 * The id of an event is the order's version, so a client that reconnects with `Last-Event-ID` receives what it missed.
 */
@Injectable()
export class OrderFeed {
  private readonly slots = new Slots('streams', STREAMS);

  constructor(
    private readonly watch: OrderWatch,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /**
   * @param lastVersion the version that the client knows; undefined if it knows nothing.
   * @param closed aborts when the client has gone.
   * @throws Problem `unavailable` or `too-many-requests` when too many streams are open.
   */
  open(
    caller: Caller,
    order: StoredOrder | PendingOrder,
    lastVersion: number | undefined,
    closed: AbortSignal,
  ): Readable {
    const free = this.slots.take(caller.subject);
    const over = AbortSignal.any([this.stopping, AbortSignal.timeout(MAX_AGE_MS)]);
    const stream = Readable.from(this.frames(caller, order, lastVersion, AbortSignal.any([over, closed])));
    stream.once('close', free);
    // A client that has stopped reading must not delay the end.
    onAbort(over, () => setTimeout(() => stream.destroy(), LINGER_MS).unref());
    onAbort(closed, () => stream.destroy());
    return stream;
  }

  private async *frames(
    caller: Caller,
    first: StoredOrder | PendingOrder,
    lastVersion: number | undefined,
    ended: AbortSignal,
  ): AsyncGenerator<string> {
    let version = isPending(first) ? 0 : first.version;
    const orderKey = OrderIds.keyOf(first.orderId);
    yield `retry: ${RECONNECT_MS}\n\n`;
    if (lastVersion === undefined || lastVersion > version)
      yield frame('snapshot', version || undefined, orderView(first));
    else if (!isPending(first)) yield* changesAfter(lastVersion, first, caller);
    while (!ended.aborted) {
      const order = await this.watch.newer(orderKey, version, HEARTBEAT_MS, ended);
      if (order) {
        // The order of a PENDING id may turn out to be another customer's.
        if (!mayRead(caller, order)) return;
        yield* changesAfter(version, order, caller);
        version = order.version;
      } else if (!ended.aborted) yield ': still here\n\n';
    }
  }
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}

/** One event for each change, each with the latest order. */
function* changesAfter(version: number, order: StoredOrder, caller: Caller): Generator<string> {
  const changes = historyView(order, caller).filter((change) => change.version > version);
  for (const change of changes) yield frame('change', change.version, { change, order: orderView(order) });
}

function frame(event: string, id: number | undefined, data: object): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
