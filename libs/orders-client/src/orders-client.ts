import {
  type AcceptedOrder,
  type Operations,
  type Order,
  type OrderPage,
  type OrderRequest,
  ROUTES,
} from './api-types.ts';
import { backOffMs, Exchange, pause, type RetryLimits, type TokenProvider } from './exchange.ts';
import { type FeedEvent, watchOrder, type WatchOptions } from './order-feed.ts';
import { NoAnswerError } from './problem.ts';
import { remembering, type RequestStorage } from './request-storage.ts';

export interface OrdersClientOptions {
  /** Where the api is, e.g. `https://orders.example.com`. */
  url: string;
  token: TokenProvider;
  /** Keeps requests whose outcome is unknown. Default: memory, which a restart loses. */
  storage?: RequestStorage;
  /** Defaults: 8 attempts, 60,000 ms in total, 15,000 ms for each. */
  retry?: Partial<RetryLimits>;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface WaitOptions extends CallOptions {
  /** How long to wait for the decision. Default: 60,000. */
  deadlineMs?: number;
}

/** A row of a list of orders. */
export type OrderSummary = OrderPage['data'][number];

type Posts = { [Name in keyof Operations]: (typeof ROUTES)[Name]['method'] extends 'POST' ? Name : never };
/** A command that changes an order, by its operation in `/openapi.json`. */
export type CommandName = Exclude<Posts[keyof Operations], 'placeOrder'>;
/** An operation that reads. */
export type ReadName = Exclude<keyof Operations, CommandName | 'placeOrder'>;

/** The ids in the path of a command, its body, and the version that the order must still have. */
export type CommandRequest<Name extends CommandName> = Operations[Name]['path'] &
  Omit<Operations[Name], 'path' | 'answer'> & { ifVersion?: number };

interface Post {
  path: string;
  key: string;
  body: unknown;
  ifVersion?: number | undefined;
}

/** The longest that the api waits with an answer. */
const WAIT_SECONDS = 10;

/** Places, changes, reads and watches orders. `key` names what the caller does, once, and is sent as the Idempotency-Key. */
export class OrdersClient {
  private readonly exchange: Exchange;
  private readonly storage: RequestStorage;

  constructor({ url, token, storage = new Map<string, string>(), retry }: OrdersClientOptions) {
    this.exchange = new Exchange(url, token, { attempts: 8, totalMs: 60_000, timeoutMs: 15_000, ...retry });
    this.storage = storage;
  }

  /** Resolves when the order is durable; it is decided later. */
  placeOrder(key: string, order: OrderRequest, { signal }: CallOptions = {}): Promise<AcceptedOrder> {
    const post = placement(key, order);
    return remembering(this.storage, post, async () => (await this.post(post, 0, { signal })).body as AcceptedOrder);
  }

  /** Resolves with the order when it is decided: CONFIRMED, AWAITING_APPROVAL or REJECTED. */
  placeAndWait(key: string, order: OrderRequest, options: WaitOptions = {}): Promise<Order> {
    return this.decided(placement(key, order), options);
  }

  /** Sends a command, and resolves with the changed order. @throws ProblemError when it is refused */
  change<Name extends CommandName>(
    command: Name,
    key: string,
    { body, ifVersion, ...ids }: CommandRequest<Name> & { body?: unknown },
    options: WaitOptions = {},
  ): Promise<Order> {
    return this.decided({ path: pathOf(command, ids), key, body, ifVersion }, options);
  }

  getOrder(orderId: string, options: CallOptions = {}): Promise<Order | AcceptedOrder> {
    return this.get('getOrder', { path: { orderId } }, options);
  }

  /** Reads anything that the api answers as JSON, e.g. `getInvoice`. */
  get<Name extends ReadName>(
    name: Name,
    { path, query = {} }: Omit<Operations[Name], 'answer'> & { path?: object; query?: object },
    { signal }: CallOptions = {},
  ): Promise<Operations[Name]['answer']> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([field, value]): [string, string] => [field, String(value)]));
    const read = (response: Response) => response.json() as Promise<Operations[Name]['answer']>;
    return this.exchange.send({
      method: 'GET',
      path: `${pathOf(name, path ?? {})}?${search.toString()}`,
      read,
      signal,
    });
  }

  /** The orders of all pages. */
  async *listOrders(
    query: Operations['listOrders']['query'] = {},
    options: CallOptions = {},
  ): AsyncGenerator<OrderSummary, void, undefined> {
    let cursor: string | null | undefined;
    do {
      const more = cursor ? { cursor } : {};
      const page = await this.get('listOrders', { query: { ...query, ...more } }, options);
      yield* page.data;
      cursor = page.nextCursor;
    } while (cursor);
  }

  /** The order, then each of its changes once, over any number of connections, until the caller leaves the loop. */
  watchOrder(orderId: string, options: WatchOptions = {}): AsyncGenerator<FeedEvent, void, undefined> {
    return watchOrder(this.exchange, `/v1/orders/${encodeURIComponent(orderId)}/events`, options);
  }

  /** Repeats a request, which has no further effect, until its answer is the decision. */
  private decided(post: Post, { deadlineMs = 60_000, signal }: WaitOptions): Promise<Order> {
    const deadline = Date.now() + deadlineMs;
    return remembering(this.storage, post, async () => {
      for (let attempt = 1; ; attempt += 1) {
        const seconds = Math.max(0, Math.min(WAIT_SECONDS, Math.floor((deadline - Date.now()) / 1_000)));
        const { status, body } = await this.post(post, seconds, { signal, deadline });
        if (status !== 202) return body as Order;
        const wait = backOffMs(attempt);
        if (Date.now() + wait >= deadline) throw new NoAnswerError('the worker has not decided in time', attempt);
        await pause(wait, signal);
      }
    });
  }

  private post(
    { key, path, body, ifVersion }: Post,
    waitSeconds: number,
    options: { signal: AbortSignal | undefined; deadline?: number },
  ): Promise<{ status: number; body: unknown }> {
    const headers = {
      'idempotency-key': key,
      ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
      ...(ifVersion !== undefined && { 'if-match': `"${ifVersion}"` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const read = async (response: Response) => ({ status: response.status, body: await response.json() });
    return this.exchange.send({ method: 'POST', path, headers, body: JSON.stringify(body), read, ...options });
  }
}

function placement(key: string, order: OrderRequest): Post {
  return { path: ROUTES.placeOrder.path, key, body: order };
}

function pathOf(name: keyof Operations, ids: object): string {
  const values = ids as Record<string, unknown>;
  return ROUTES[name].path.replaceAll(/\{(\w+)\}/g, (_, id: string) => encodeURIComponent(String(values[id])));
}
