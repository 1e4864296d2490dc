import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/dynamodb-streams';
import type { ChangeOrderCommand } from '#libs/order-requests';
import {
  aFreshOrder,
  type Caller,
  CHANGE_ORDER,
  CommandIds,
  type CommandName,
  may,
  OrderIds,
  TRANSITIONS,
} from '#libs/orders';
import { type Answer, type Body, isIndeterminate, type Operation, type OrderRecord } from './order-record.ts';

export type TokenCaller = Caller & { readonly token: string };

const PATIENCE_MS = 5_000;
/** Some requests are given up before their answer, and sent again. */
const IMPATIENCE_MS = 40;
const PAUSE_MS = 150;

const ONE_PIECE = [{ lineNumber: 1, quantity: 1 }];
const PARCEL = { carrier: 'DHL', trackingNumber: 'JD-1', items: ONE_PIECE };

/** The paths of commands, where `#` is the number of a shipment or return, and their bodies. */
const COMMANDS: readonly (readonly [name: CommandName, path: string, request?: object])[] = [
  ['approveOrder', 'approval'],
  ['rejectOrder', 'rejection', { reason: 'no credit' }],
  ['cancelOrder', 'cancellation', { reason: 'ordered twice' }],
  ['startFulfillment', 'fulfillment'],
  ['createShipment', 'shipments', PARCEL],
  ['deliverShipment', 'shipments/#/delivery'],
  ['requestReturn', 'returns', { items: ONE_PIECE, reason: 'leaks' }],
  ['approveReturn', 'returns/#/approval'],
  ['declineReturn', 'returns/#/decline'],
  ['receiveReturn', 'returns/#/receipt'],
  ['closeReturn', 'returns/#/closure'],
];
/** These end the life of an order, so they are rare. */
const LAST_COMMANDS: readonly CommandName[] = ['rejectOrder', 'cancelOrder'];

/** An order of four pieces that awaits approval. */
function anOrder(): object {
  const { payment, ...order } = aFreshOrder();
  const lineItems = [{ sku: 'CLN-BULK', name: 'Bulk', quantity: 4, unitPrice: 250_000 }];
  const amount = 1_000_000;
  const terms = { channel: 'WHOLESALE', purchaseOrderNumber: 'PO-77', shipping: 0, total: amount };
  return { ...order, ...terms, lineItems, payment: { ...payment, amount } };
}

interface Setting {
  readonly apiUrls: readonly string[];
  /** The first one is the customer. A caller that is in the list twice sends two requests at a time. */
  readonly callers: readonly TokenCaller[];
  readonly random: SeededRandom;
  /** As the apis have them: the id of a command is known even if no answer has it. */
  readonly ids: OrderIds;
  readonly idempotencyKey: string;
}

interface Sending {
  readonly kind: Operation['kind'];
  /** Below the path of all orders. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly command?: ChangeOrderCommand;
}

/** Several callers who read and change one order at the same time, and record each request. */
export class OrderCallers {
  readonly orderId: string;
  private readonly setting: Setting;
  private readonly operations: Operation[] = [];
  private readonly commands: (readonly [TokenCaller, ChangeOrderCommand])[] = [];

  constructor(setting: Setting) {
    this.setting = setting;
    this.orderId = setting.ids.issue(setting.callers[0]!.subject, setting.idempotencyKey);
  }

  /** Places the order while all callers read and change it already. */
  async play(operations: number): Promise<void> {
    const { callers, idempotencyKey } = this.setting;
    const goOn = async (caller: TokenCaller): Promise<void> => {
      while (this.operations.length < operations) await this.step(caller);
    };
    const placement = this.sendUntilAnswered(callers[0]!, { kind: 'place', path: '', body: anOrder() }, idempotencyKey);
    await Promise.all([placement, ...callers.map(goOn)]);
  }

  /** Reads the order, its history and the outcome of each command, when nothing changes any more. */
  async finish(stored: OrderRecord['stored']): Promise<OrderRecord> {
    const untilRead = async (...reading: Parameters<OrderCallers['read']>): Promise<void> => {
      while (isIndeterminate(await this.read(...reading)));
    };
    await untilRead(this.setting.callers[0]!, 'order');
    await untilRead(this.setting.callers[0]!, 'history');
    for (const [caller, command] of this.commands) await untilRead(caller, 'outcome', command);
    return { orderId: this.orderId, operations: this.operations, stored };
  }

  private async step(caller: TokenCaller): Promise<void> {
    const { random } = this.setting;
    const chance = random.next();
    const own = random.pick(this.commands.filter(([by]) => by === caller).slice(-3));
    if (chance < 0.1) await this.read(caller, 'history');
    else if (chance < 0.25 && own) await this.read(caller, 'outcome', own[1]);
    else await this.change(caller, await this.read(caller, 'order'));
  }

  private async read(caller: TokenCaller, kind: Operation['kind'], command?: ChangeOrderCommand): Promise<Answer> {
    const below = command ? `/commands/${command.commandId}` : kind === 'history' ? '/history' : '';
    const answer = await this.send(caller, { kind, path: `/${this.orderId}${below}`, ...(command && { command }) });
    if (isIndeterminate(answer)) await sleep(PAUSE_MS);
    return answer;
  }

  /** Sends a command that is probably possible for the order that the caller has read. */
  private async change(caller: TokenCaller, { status, text }: Answer): Promise<void> {
    const { random, callers, ids } = this.setting;
    const order = status === 200 ? (JSON.parse(text) as Body) : {};
    const candidates = COMMANDS.filter(([name, path]) => {
      const isLikely = isPossible(name, path, order) && !LAST_COMMANDS.includes(name);
      return may(caller, name, caller.subject === callers[0]!.subject) && (isLikely || random.chance(0.05));
    });
    const chosen = random.pick(candidates);
    if (!chosen) return;
    const [name, path, request = {}] = chosen;
    const [orderId, by, partId] = [this.orderId, caller.subject, String(1 + random.below(2))];
    const part = path.includes('#') && { [path.startsWith('returns') ? 'returnId' : 'shipmentId']: partId };
    const idempotencyKey = `${this.setting.idempotencyKey}-${this.commands.length}`;
    const command: ChangeOrderCommand = {
      type: CHANGE_ORDER,
      commandId: new CommandIds(ids).issue({ orderId, by, name, idempotencyKey, ...part }),
      name,
      orderId,
      by,
      roles: [...caller.roles],
      ...part,
      ...(order.version && random.chance(0.4) && { expectedVersions: [order.version] }),
      receivedAt: new Date().toISOString(),
      traceparent: '',
      request,
    };
    this.commands.push([caller, command]);
    const sending: Sending = {
      kind: 'command',
      path: `/${orderId}/${path.replace('#', partId)}`,
      body: request,
      command,
    };
    // One in ten commands is sent twice at the same time.
    const sendings = random.chance(0.1) ? [sending, sending] : [sending];
    await Promise.all(sendings.map((one) => this.sendUntilAnswered(caller, one, idempotencyKey)));
  }

  /** Repeats a request with the same Idempotency-Key until it is answered. */
  private async sendUntilAnswered(caller: TokenCaller, sending: Sending, idempotencyKey: string): Promise<void> {
    const { random } = this.setting;
    const headers = {
      'idempotency-key': idempotencyKey,
      ...(sending.command?.expectedVersions && { 'if-match': `"${sending.command.expectedVersions.join('", "')}"` }),
      ...(random.chance(0.5) && { prefer: 'wait=5' }),
    };
    while (isIndeterminate(await this.send(caller, { ...sending, headers }))) await sleep(random.between(0, PAUSE_MS));
  }

  private async send(caller: TokenCaller, { kind, path, headers, body, command }: Sending): Promise<Answer> {
    const { random, apiUrls } = this.setting;
    const startMs = performance.now();
    const answer = await fetch(`${random.pick(apiUrls)}/v1/orders${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${caller.token}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(random.chance(0.03) ? IMPATIENCE_MS : PATIENCE_MS),
    })
      .then(answerOf)
      .catch(noAnswer);
    const operation = { caller: caller.subject, kind, startMs, endMs: performance.now(), answer };
    // A read without an answer and a refused connection say nothing.
    const isIdle = isIndeterminate(answer) && (!body || answer.text === 'ECONNREFUSED');
    if (!isIdle) this.operations.push({ ...operation, ...(command && { command }) });
    return answer;
  }
}

function isPossible(name: CommandName, path: string, order: Body): boolean {
  const parts = order[path.split('/')[0]!] as unknown[] | undefined;
  const hasPart = !path.includes('#') || Boolean(parts?.length);
  return hasPart && TRANSITIONS.some(({ command, from }) => command === name && from === order['status']);
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const replayed = headers.has('idempotency-replayed');
  return { status, text: await response.text(), etag: headers.get('etag'), replayed };
}

function noAnswer(error: Error & { cause?: { code?: string } }): Answer {
  return { status: 'none', text: error.cause?.code ?? error.name };
}
