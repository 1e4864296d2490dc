import type { CommandName, Order, OrderSummary } from '#libs/orders';
import { ShownError, SignedOutError } from '../http/shown-error.ts';

/** A page waits this long for the api. */
const READ_MS = 5_000;
/** The api is asked to wait for a decision. */
const WAIT_SECONDS = 5;
const COMMAND_MS = (WAIT_SECONDS + 5) * 1_000;

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** A command to an order, as its form sends it. */
export interface OrderCommand {
  name: CommandName;
  orderId: string;
  /** The version that the person has seen. */
  version: number;
  /** The same for a form that is sent twice. */
  key: string;
  path: string;
  body?: object | undefined;
}

/** The api, called with the token of the person who is signed in. */
export class OrdersApi {
  constructor(private readonly url: string) {}

  list(token: string, query: Readonly<Record<string, string | undefined>>): Promise<OrderPage> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
    return this.json<OrderPage>(token, `/v1/orders?${new URLSearchParams(given).toString()}`);
  }

  /** The order; undefined while it is accepted and not decided yet. */
  async order(token: string, orderId: string): Promise<Order | undefined> {
    const order = await this.json<Order | { status: 'PENDING' }>(token, `/v1/orders/${encodeURIComponent(orderId)}`);
    return order.status === 'PENDING' ? undefined : order;
  }

  /** A document of an order as PDF. */
  async pdf(token: string, path: string): Promise<Buffer> {
    const answer = await this.call(token, path, { headers: { accept: 'application/pdf' } });
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Resolves to the order, or to undefined when the worker has not decided within some seconds. */
  async send(token: string, { orderId, version, key, path, body }: OrderCommand): Promise<Order | undefined> {
    const headers = {
      'idempotency-key': key,
      'if-match': `"${version}"`,
      prefer: `wait=${WAIT_SECONDS}`,
      ...(body && { 'content-type': 'application/json' }),
    };
    const init = { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await this.call(token, `/v1/orders/${encodeURIComponent(orderId)}/${path}`, init, COMMAND_MS);
    return answer.status === 200 ? ((await answer.json()) as Order) : undefined;
  }

  private async json<Body>(token: string, path: string): Promise<Body> {
    return (await (await this.call(token, path)).json()) as Body;
  }

  /** @throws ShownError when the api answers with a problem, or not at all */
  private async call(token: string, path: string, init: RequestInit = {}, withinMs = READ_MS): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(withinMs);
    const answer = await fetch(new URL(path, this.url), { ...init, headers, signal }).catch((cause: Error) => {
      const why = cause.name === 'TimeoutError' ? `no answer within ${withinMs / 1_000} s` : 'it cannot be reached';
      throw new ShownError(504, 'The api does not answer', `${why}; a repeated command is carried out once`, { cause });
    });
    if (answer.ok) return answer;
    if (answer.status === 401) throw new SignedOutError();
    const { title = `The api answers ${answer.status}`, detail = '', errors = [] } = await problemOf(answer);
    const details = [detail, ...errors.map((one) => `${one.pointer} ${one.detail}`)].join('; ');
    throw new ShownError(answer.status, title, details);
  }
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

function problemOf(answer: Response): Promise<Problem> {
  return answer.json().catch(() => ({})) as Promise<Problem>;
}
