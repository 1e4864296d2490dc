import type { Order, OrderHistory, AcceptedOrder } from './api-types.ts';
import { backOffMs, type Exchange, pause } from './exchange.ts';
import { NoAnswerError } from './problem.ts';

/** A change of an order, as its history has it. */
export type OrderChange = OrderHistory['data'][number];

/** What the feed of an order sends. */
export type FeedEvent =
  | { type: 'snapshot'; /** Absent while the order is PENDING. */ version?: number; order: Order | AcceptedOrder }
  | { type: 'change'; version: number; change: OrderChange; /** The latest order. */ order: Order };

export interface WatchOptions {
  /** The last version that the caller knows: only later changes follow, without a snapshot. */
  afterVersion?: number;
  signal?: AbortSignal;
}

/** The api sends something every 15 s. */
const SILENCE_MS = 45_000;

/**
 * Each change of an order once, in order, over any number of connections, until the caller leaves the loop or aborts.
 * @throws NoAnswerError when the api cannot be reached within the limits, ProblemError when it refuses
 */
export async function* watchOrder(
  exchange: Exchange,
  path: string,
  { afterVersion, signal }: WatchOptions,
): AsyncGenerator<FeedEvent, void, undefined> {
  let last = afterVersion;
  for (let empty = 0; ; empty += 1) {
    if (empty >= exchange.limits.attempts) throw new NoAnswerError('the feed ends without an event', empty);
    if (empty > 0) await pause(backOffMs(empty), signal);
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (last !== undefined) headers['last-event-id'] = String(last);
    const read = async (response: Response, connection: AbortController) => ({ response, connection });
    const opened = await exchange.send({ method: 'GET', path, headers, signal, read });
    try {
      for await (const frame of framesOf(opened)) {
        if (!frame.startsWith('retry:')) empty = 0;
        const event = eventOf(frame);
        if (!event || (last !== undefined && event.type === 'change' && event.version <= last)) continue;
        // After a PENDING order, 0 asks for all its changes.
        last = event.version ?? 0;
        yield event;
      }
    } catch {
      signal?.throwIfAborted();
    } finally {
      opened.connection.abort();
    }
  }
}

/** The frames of a connection. A frame that was cut is dropped: the next connection sends it again. */
async function* framesOf({ response, connection }: { response: Response; connection: AbortController }) {
  const decoder = new TextDecoder();
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => connection.abort(new Error('silence')), SILENCE_MS);
  };
  try {
    listen();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      listen();
      const frames = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
      text = frames.pop() ?? '';
      yield* frames;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined for heartbeats. https://html.spec.whatwg.org/multipage/server-sent-events.html */
function eventOf(frame: string): FeedEvent | undefined {
  const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  const [type, data, id] = ['event', 'data', 'id'].map((name) => fields.get(name));
  if (data === undefined) return undefined;
  const version = id === undefined ? {} : { version: Number(id) };
  const content = JSON.parse(data) as Record<string, never>;
  return { type, ...version, ...(type === 'snapshot' ? { order: content } : content) } as unknown as FeedEvent;
}
