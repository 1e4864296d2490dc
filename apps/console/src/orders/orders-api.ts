import type { CommandName, OrderSummary } from '#libs/orders';
import { NoAnswerError, type Order, OrdersClient, ProblemError } from '#libs/orders-client';
import { ShownError, SignedOutError } from '../http/shown-error.ts';

/** A page waits this long for the api. */
const READ_MS = 5_000;
/** The api is asked to wait for a decision. */
const DECISION_MS = 6_000;
const COMMAND_MS = 10_000;

export interface OrderPage {
  data: OrderSummary[];
  nextCursor: string | null;
}

/** A command to an order, as its form sends it. */
interface OrderCommand {
  name: CommandName;
  /** The same for a form that is sent twice. */
  key: string;
  orderId: string;
  shipmentId?: string;
  returnId?: string;
  /** The version that the person has seen. */
  ifVersion: number;
  body?: object | undefined;
}

/** The api, called with the token of the person who is signed in. */
export class OrdersApi {
  constructor(private readonly url: string) {}

  list(token: string, query: Readonly<Record<string, string | undefined>>): Promise<OrderPage> {
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value));
    return answered(this.client(token, READ_MS).get('listOrders', { query: given }));
  }

  /** The order; undefined while it is accepted and not decided yet. */
  async order(token: string, orderId: string): Promise<Order | undefined> {
    const order = await answered(this.client(token, READ_MS).getOrder(orderId));
    return order.status === 'PENDING' ? undefined : order;
  }

  /** Resolves to the order, or to undefined when the worker has not decided within some seconds. */
  send(token: string, { name, key, ...request }: OrderCommand): Promise<Order | undefined> {
    const change = this.client(token, COMMAND_MS).change(name, key, request, { deadlineMs: DECISION_MS });
    const decided = change.catch((error: unknown) => {
      if (error instanceof NoAnswerError && !error.cause) return undefined;
      throw error;
    });
    return answered(decided);
  }

  /** A document of an order as PDF. */
  async pdf(token: string, path: string): Promise<Buffer> {
    const headers = { accept: 'application/pdf', authorization: `Bearer ${token}` };
    const read = async () => {
      const answer = await fetch(new URL(path, this.url), { headers, signal: AbortSignal.timeout(READ_MS) });
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      throw new ShownError(answer.status, 'There is no such document', `the api answers ${answer.status}`);
    };
    return answered(read());
  }

  /** Whoever looks at a page decides whether to repeat. */
  private client(token: string, timeoutMs: number): OrdersClient {
    return new OrdersClient({ url: this.url, token: () => token, retry: { attempts: 1, timeoutMs } });
  }
}

/** @throws ShownError when the api answers with a problem, or not at all */
async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
  return call.catch((cause: unknown) => {
    if (cause instanceof ShownError) throw cause;
    if (!(cause instanceof ProblemError)) {
      const detail = 'It cannot be reached, or is too slow. A command that you repeat is carried out once.';
      throw new ShownError(504, 'The api does not answer', detail, { cause });
    }
    const { problem } = cause;
    if (problem.status === 401) throw new SignedOutError();
    const errors = problem.code === 'invalid-request' ? problem.errors : [];
    const details = [problem.detail, ...errors.map(({ pointer, detail }) => `${pointer} ${detail}`)];
    throw new ShownError(problem.status, problem.title, details.join('; '));
  });
}
