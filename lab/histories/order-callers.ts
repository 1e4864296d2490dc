import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/dynamodb-streams';
import type { ChangeOrderCommand, OrderRequest } from '#libs/order-requests';
import { CHANGE_ORDER, CommandIds, type CommandName, OrderIds, type Role, TRANSITIONS } from '#libs/orders';
import { aFreshOrder } from '../../test/harness/fresh-order.ts';
import { type Answer, type Body, isIndeterminate, type Operation, type OrderRecord } from './order-record.ts';

export interface Caller {
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly token: string;
}

const PATIENCE_MS = 5_000;
/** Some callers give up before the answer, and send the request again. */
const IMPATIENCE_MS = 40;
const PAUSE_MS = 150;
const PARCELS = 4;

const ONE_PIECE = [{ lineNumber: 1, quantity: 1 }];
const PARCEL = { carrier: 'DHL', trackingNumber: 'JD-1', items: ONE_PIECE };

/** The path of each command below its order, where `#` is a shipment or return, and how likely it is compared with others. */
const COMMANDS: readonly { name: CommandName; role: Role; path: string; weight: number; request?: object }[] = [
  { name: 'approveOrder', role: 'operator', path: 'approval', weight: 1 },
  { name: 'rejectOrder', role: 'operator', path: 'rejection', weight: 0.3, request: { reason: 'no credit' } },
  { name: 'cancelOrder', role: 'operator', path: 'cancellation', weight: 0.1 },
  { name: 'cancelOrder', role: 'wholesale', path: 'cancellation', weight: 0.2, request: { reason: 'ordered twice' } },
  { name: 'startFulfillment', role: 'fulfillment', path: 'fulfillment', weight: 1 },
  { name: 'createShipment', role: 'fulfillment', path: 'shipments', weight: 1, request: PARCEL },
  { name: 'deliverShipment', role: 'fulfillment', path: 'shipments/#/delivery', weight: 1 },
  {
    name: 'requestReturn',
    role: 'wholesale',
    path: 'returns',
    weight: 1,
    request: { items: ONE_PIECE, reason: 'leaks' },
  },
  { name: 'approveReturn', role: 'operator', path: 'returns/#/approval', weight: 1 },
  { name: 'declineReturn', role: 'operator', path: 'returns/#/decline', weight: 1 },
  { name: 'receiveReturn', role: 'fulfillment', path: 'returns/#/receipt', weight: 1 },
  { name: 'closeReturn', role: 'accounting', path: 'returns/#/closure', weight: 1 },
];

/** An order of four pieces. Half of these orders await approval first. */
function anOrder(random: SeededRandom): OrderRequest {
  const unitPrice = random.chance(0.5) ? 250_000 : 2_500;
  const total = PARCELS * unitPrice;
  const { payment, ...order } = aFreshOrder();
  const lineItems = [{ sku: 'CLN-BULK', name: 'Bulk', quantity: PARCELS, unitPrice }];
  const wholesale = { channel: 'WHOLESALE' as const, purchaseOrderNumber: 'PO-77', lineItems, shipping: 0, total };
  return { ...order, ...wholesale, payment: { ...payment, amount: total } };
}

interface Setting {
  readonly apiUrls: readonly string[];
  /** The first one is the customer; a caller may be in the list twice. */
  readonly callers: readonly Caller[];
  readonly random: SeededRandom;
  /** The key with which the apis sign ids, so that an id is known even if no answer has it. */
  readonly idKey: string;
  /** Different for each order. */
  readonly orderKey: string;
}

/** Several callers who read and change one order at the same time, and record each request. */
export class OrderCallers {
  readonly orderId: string;
  readonly operations: Operation[] = [];
  private readonly setting: Setting;
  private readonly customer: Caller;
  private readonly request: OrderRequest;
  private readonly commandIds: CommandIds;
  private readonly commands: { readonly caller: Caller; readonly command: ChangeOrderCommand }[] = [];

  constructor(setting: Setting) {
    const ids = new OrderIds([setting.idKey]);
    this.setting = setting;
    this.customer = setting.callers[0]!;
    this.orderId = ids.issue(this.customer.subject, setting.orderKey);
    this.commandIds = new CommandIds(ids);
    this.request = anOrder(setting.random);
  }

  /** Places the order while the other callers read and change it already. */
  async play(operations: number): Promise<void> {
    const goOn = async (caller: Caller): Promise<void> => {
      while (this.operations.length < operations) await this.step(caller);
    };
    await Promise.all([this.place(), ...this.setting.callers.map(goOn)]);
  }

  /** Reads the order, its history and the outcomes of all commands, when nothing moves any more. */
  async finish(): Promise<void> {
    await this.read(this.customer, 'order');
    await this.read(this.customer, 'history');
    for (const { caller, command } of this.commands) await this.read(caller, 'outcome', command);
  }

  record(stored: OrderRecord['stored']): OrderRecord {
    const { orderId, operations, request } = this;
    return { orderId, customerId: this.customer.subject, request, operations, stored };
  }

  private async place(): Promise<void> {
    const body = this.request;
    const headers = this.headers({ 'idempotency-key': this.setting.orderKey });
    await this.untilAnswered(() => this.send(this.customer, 'place', { path: '', headers, body }));
  }

  private async step(caller: Caller): Promise<void> {
    const { random } = this.setting;
    const chance = random.next();
    const recent = random.pick(this.commands.filter((one) => one.caller === caller).slice(-3));
    if (chance < 0.1) await this.read(caller, 'history');
    else if (chance < 0.25 && recent) await this.read(caller, 'outcome', recent.command);
    else await this.change(caller, await this.read(caller, 'order'));
  }

  /** Sends a command that the order, as the caller has read it, probably allows. */
  private async change(caller: Caller, { status, text }: Answer): Promise<void> {
    const { random } = this.setting;
    const order = status === 200 ? (JSON.parse(text) as Body) : {};
    const isPossible = (name: CommandName) =>
      TRANSITIONS.some((one) => one.command === name && one.from === order.status);
    const candidates = COMMANDS.filter(({ name, role, weight }) => {
      return caller.roles.includes(role) && random.chance(isPossible(name) ? weight : weight / 10);
    });
    const chosen = random.pick(candidates);
    if (!chosen) return;
    const { name, request = {}, path } = chosen;
    const { orderId } = this;
    const by = caller.subject;
    const idempotencyKey = `${this.setting.orderKey}-${this.commands.length}`;
    const part = path.includes('#')
      ? { [path.startsWith('r') ? 'returnId' : 'shipmentId']: String(1 + random.below(3)) }
      : {};
    const command: ChangeOrderCommand = {
      ...{ type: CHANGE_ORDER, name, orderId, by, roles: [...caller.roles], request, ...part },
      commandId: this.commandIds.issue({ orderId, by, name, idempotencyKey, ...part }),
      ...(order.version !== undefined && random.chance(0.4) && { expectedVersion: order.version }),
      receivedAt: new Date().toISOString(),
      traceparent: '',
    };
    this.commands.push({ caller, command });
    const { expectedVersion, shipmentId, returnId } = command;
    const headers = this.headers({
      'idempotency-key': idempotencyKey,
      ...(expectedVersion !== undefined && { 'if-match': `"${expectedVersion}"` }),
    });
    const sending = {
      path: `/${orderId}/${path.replace('#', shipmentId ?? returnId ?? '')}`,
      headers,
      body: request,
      command,
    };
    const untilAnswered = () => this.untilAnswered(() => this.send(caller, 'command', sending));
    // Some callers send a command twice at the same time.
    await Promise.all([untilAnswered(), ...(random.chance(0.1) ? [untilAnswered()] : [])]);
  }

  private headers(headers: Record<string, string>): Record<string, string> {
    return { ...headers, ...(this.setting.random.chance(0.5) && { prefer: 'wait=5' }) };
  }

  /** Sends a request with the same Idempotency-Key until it is answered. */
  private async untilAnswered(send: () => Promise<Answer>): Promise<void> {
    while (isIndeterminate(await send())) await sleep(this.setting.random.between(0, PAUSE_MS));
  }

  private async read(caller: Caller, kind: Operation['kind'], command?: ChangeOrderCommand): Promise<Answer> {
    const below = { history: '/history', outcome: `/commands/${command?.commandId}` }[kind as string] ?? '';
    const sending = { path: `/${this.orderId}${below}`, headers: {}, ...(command && { command }) };
    const answer = await this.send(caller, kind, sending);
    if (isIndeterminate(answer)) await sleep(PAUSE_MS);
    return answer;
  }

  private async send(
    caller: Caller,
    kind: Operation['kind'],
    { path, headers, body, command }: { path: string; headers: object; body?: object; command?: ChangeOrderCommand },
  ): Promise<Answer> {
    const { random, apiUrls } = this.setting;
    const startMs = performance.now();
    const answer = await fetch(`${random.pick(apiUrls)}/v1/orders${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${caller.token}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(random.chance(0.03) ? IMPATIENCE_MS : PATIENCE_MS),
    }).then(answerOf, noAnswer);
    const operation = { caller: caller.subject, kind, startMs, endMs: performance.now(), answer };
    // A read without an answer says nothing.
    if (body || !isIndeterminate(answer)) this.operations.push({ ...operation, ...(command && { command }) });
    return answer;
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const replayed = headers.has('idempotency-replayed');
  return { status, text: await response.text(), etag: headers.get('etag'), replayed };
}

function noAnswer(error: Error & { cause?: { code?: string } }): Answer {
  return { status: 'none', text: error.cause?.code ?? error.name };
}
