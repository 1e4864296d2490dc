import { SeededRandom } from '#libs/dynamodb-streams';
import type { ChangeOrderCommand } from '#libs/order-requests';
import {
  type CommandName,
  decideChange,
  EXAMPLE_ORDER,
  fingerprintOf,
  placeOrder,
  publicOrder,
  refusalOf,
  type StoredOrder,
} from '#libs/orders';
import { aChange } from '../../libs/orders/src/testing/change-factory.ts';
import { aPlaceOrderCommand, aWholesaleRequest, shopRules } from '../../libs/orders/src/testing/order-factory.ts';
import { changed } from '../../libs/orders/src/testing/order-life.ts';
import { violationsOf } from './check-history.ts';
import type { Answer, Operation } from './order-record.ts';

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };
type Recorded = Mutable<Operation>;

const ORDER = {
  ...aWholesaleRequest(1_000_000),
  lineItems: EXAMPLE_ORDER.lineItems.map((line) => ({ ...line, unitPrice: 500_000 })),
};
const PARCEL = { carrier: 'DHL', trackingNumber: 'JD-1', items: [{ lineNumber: 1, quantity: 1 }] };
const AT = '2030-01-01T00:00:00.000Z';
const STATUS = { STALE_VERSION: 412, NOT_POSSIBLE: 409, NOT_FOUND: 404 } as Record<string, number>;

/** `structuredClone` would make objects of another realm under Jest. */
const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
const shown = (order: StoredOrder, status = 200): Answer => {
  return { status, text: JSON.stringify({ ...publicOrder(order), links: {} }), etag: `"${order.version}"` };
};
const said = (status: number, body: object): Answer => ({ status, text: JSON.stringify(body) });

const refusedOutcome = ({ text }: Answer): Answer => {
  return said(200, { status: 'REFUSED', refusal: JSON.parse(text) as object });
};

function refusedAt(order: StoredOrder, command: ChangeOrderCommand): Answer | undefined {
  const refusal = refusalOf(order, command);
  if (!refusal) return undefined;
  const { code, detail, status: orderStatus, version: orderVersion, allowedCommands } = refusal;
  const status = STATUS[code]!;
  return said(status, { status, detail, orderStatus, orderVersion, allowedCommands });
}

/** An order that answers each request at once. A request takes 4 ms or longer before and after its answer is decided. */
class Model {
  readonly operations: Recorded[] = [];
  readonly versions: StoredOrder[] = [];
  private readonly refused = new Map<ChangeOrderCommand, Answer>();
  private readonly longest: () => number;
  private nowMs = 0;

  constructor(longest = () => 4) {
    this.longest = longest;
    this.versions.push(placeOrder(aPlaceOrderCommand({ request: ORDER }), shopRules(), AT));
    this.add('place', said(202, { status: 'PENDING' }));
  }

  get order(): StoredOrder {
    return this.versions.at(-1)!;
  }

  read(): void {
    this.add('order', shown(this.order));
  }

  history(): void {
    this.add('history', said(200, { data: this.order.history }));
  }

  outcome(command: ChangeOrderCommand): void {
    const entry = this.order.history.find(({ commandId }) => commandId === command.commandId);
    const applied = entry && said(200, { status: 'APPLIED', event: entry.event, version: entry.version });
    const refused = !entry && this.refused.get(command);
    const pending = refused ? refusedOutcome(refused) : said(200, { status: 'PENDING' });
    this.add('outcome', applied ?? pending, command);
  }

  command(name: CommandName, request: object, changes: Partial<ChangeOrderCommand> = {}): ChangeOrderCommand {
    return aChange(this.order, name, request as never, changes);
  }

  send(command: ChangeOrderCommand, waits = true): void {
    const refused = refusedAt(this.order, command);
    const decision = decideChange(this.order, command, shopRules(), AT);
    if (decision.outcome === 'CHANGED') this.versions.push(decision.order);
    const accepted = waits ? shown(this.order) : said(202, { commandId: command.commandId });
    if (refused) this.refused.set(command, refused);
    this.add('command', refused ?? accepted, command);
  }

  record() {
    return copyOf({ orderId: this.order.orderId, operations: this.operations, stored: this.order });
  }

  private add(kind: Operation['kind'], answer: Answer, command?: ChangeOrderCommand): void {
    this.nowMs += 10;
    const [startMs, endMs] = [this.nowMs - this.longest(), this.nowMs + this.longest()];
    this.operations.push({ caller: 'someone', kind, startMs, endMs, answer, ...(command && { command }) });
  }
}

const PLACE = 0, APPROVE = 2, READ_2 = 3, HISTORY = 4, REFUSED = 5, START = 6, SHIP = 8, APPLIED = 9; // prettier-ignore

function goodRun() {
  const model = new Model();
  model.read();
  model.send(model.command('approveOrder', {}));
  model.read();
  model.history();
  model.send(model.command('deliverShipment', {}, { shipmentId: '1' }));
  model.send(model.command('startFulfillment', {}));
  const ship = model.command('createShipment', PARCEL, { expectedVersions: [3] });
  model.outcome(ship);
  model.send(ship, false);
  model.outcome(ship);
  const cancel = model.command('cancelOrder', {}, { expectedVersions: [3] });
  model.send(cancel);
  model.outcome(cancel);
  return { ...model.record(), versions: model.versions, ship };
}

type Run = ReturnType<typeof goodRun>;

const at = (run: Run, position: number, changes: Partial<Operation>): void => {
  Object.assign(run.operations[position]!, changes);
};
const again = (run: Run, position: number, changes: Partial<Operation>): void => {
  run.operations.push({ ...run.operations[position]!, startMs: 200, endMs: 210, ...changes });
};

describe('the check of a history', () => {
  it('accepts a good run, also with attempts of which nobody knows whether they were carried out', () => {
    const run = goodRun();
    again(run, SHIP, { startMs: 75, endMs: 500, answer: { status: 'none', text: 'ECONNRESET' } });
    again(run, SHIP, { startMs: 95, answer: said(503, {}) });
    again(run, SHIP, { answer: { ...said(202, { commandId: run.ship.commandId }), replayed: true } });
    expect(violationsOf(run)).toEqual([]);
  });

  it.each<[rule: string, what: string, forge: (run: Run) => void]>([
    ['sent', 'a version that nobody asked for', (run) => run.operations.splice(SHIP - 1, 3)],
    [
      'once',
      'a command carried out twice',
      (run) => {
        run.stored = changed(run.stored, { ...run.ship, commandId: 'other', expectedVersions: [4] });
        run.stored.history[4]!.commandId = run.ship.commandId;
      },
    ],
    ['possible', 'a version that is missing', ({ stored }) => stored.history.splice(2, 1)],
    [
      'possible',
      'a change that the order did not allow',
      ({ stored, operations }) => {
        const request = { ...PARCEL, items: [{ lineNumber: 1, quantity: 9 }] };
        operations[SHIP]!.command!.request = request;
        stored.history[3]!.fingerprint = fingerprintOf(request);
      },
    ],
    [
      'sent',
      'a change with content that nobody sent',
      ({ stored }) => (stored.history[3]!.fingerprint = fingerprintOf({})),
    ],
    [
      'if-match',
      'a change of another version',
      ({ operations }) => (operations[SHIP]!.command!.expectedVersions = [2]),
    ],
    [
      'lost',
      'an accepted command that is not in the history',
      (run) => at(run, REFUSED, { answer: said(202, { commandId: run.operations[REFUSED]!.command!.commandId }) }),
    ],
    ['done', '200 with the order before the change', (run) => at(run, APPROVE, { answer: shown(run.versions[0]!) })],
    [
      'done',
      'an outcome with another version',
      (run) => at(run, APPLIED, { answer: said(200, { status: 'APPLIED', event: 'shipped', version: 3 }) }),
    ],
    [
      'refused',
      'a refused command in the history',
      (run) => at(run, SHIP, { startMs: 15, answer: refusedAt(run.versions[1]!, { ...run.ship })! }),
    ],
    [
      'refused',
      'a refused outcome of a command in the history',
      (run) => {
        at(run, SHIP, { startMs: 15 });
        at(run, APPLIED, { answer: refusedOutcome(refusedAt(run.versions[1]!, { ...run.ship })!) });
      },
    ],
    [
      'refusal',
      'a refusal with another reason',
      ({ operations }) => (operations[REFUSED]!.answer = said(409, { status: 409, detail: 'no', orderVersion: 2 })),
    ],
    [
      'content',
      'a field that no version has',
      (run) => at(run, READ_2, { answer: shown({ ...run.versions[1]!, tax: 1 }) }),
    ],
    [
      'content',
      'a mixture of two versions',
      (run) => at(run, READ_2, { answer: shown({ ...run.versions[1]!, version: 3 }) }),
    ],
    ['content', 'another ETag', (run) => at(run, READ_2, { answer: { ...shown(run.versions[1]!), etag: '"1"' } })],
    [
      'content',
      'a history with a gap',
      (run) => at(run, HISTORY, { answer: said(200, { data: run.stored.history.slice(1) }) }),
    ],
    ['time', 'an order older than one that was read before', (run) => again(run, READ_2, {})],
    ['time', 'PENDING after it was stored', (run) => again(run, READ_2, { answer: said(200, { status: 'PENDING' }) })],
    ['time', 'an older history', (run) => again(run, HISTORY, {})],
    ['time', 'a refusal that was true only before', (run) => again(run, REFUSED, {})],
    ['time', 'a refusal that became true only after', (run) => at(run, SHIP + 2, { startMs: 40, endMs: 50 })],
    ['time', 'a change before its command was sent', (run) => at(run, READ_2, { startMs: 1, endMs: 2 })],
    ['time', 'a pending command that an answer had shown', (run) => again(run, SHIP - 1, {})],
    ['time', 'an order before it was placed', (run) => at(run, PLACE, { startMs: 25, endMs: 26 })],
    ['status', 'an internal error', (run) => at(run, START, { answer: said(500, {}) })],
  ])('finds by the rule %s: %s', (rule, _what, forge) => {
    const run = goodRun();
    forge(run);
    expect(violationsOf(run).map((one) => one.rule)).toEqual([rule]);
  });

  it('finds an accepted order that is not in the table', () => {
    const { operations, ...run } = goodRun();
    expect(violationsOf({ ...run, operations: operations.slice(0, 1), stored: undefined })).toMatchObject([
      { rule: 'lost' },
    ]);
  });

  it('accepts every history of a model with overlapping requests, and finds every answer moved beyond what it allows', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = new SeededRandom(seed);
      const run = randomRun(random);
      expect([seed, violationsOf(run)]).toEqual([seed, []]);
      const reads = run.operations.filter(({ kind }) => kind === 'order');
      const [old, known] = [reads[0]!, reads.at(-1)!];
      if (old.answer.etag === known.answer.etag) continue;
      const [stale, early] = [copyOf(run), copyOf(run)];
      stale.operations.push({ ...old, startMs: known.endMs + random.next(), endMs: known.endMs + 50 });
      early.operations.push({ ...known, startMs: 0, endMs: old.startMs - random.next() });
      // A later answer of an older version, or an earlier one of a newer version.
      for (const forged of [stale, early]) {
        expect([seed, violationsOf(forged).map(({ rule }) => rule)]).toEqual([seed, ['time']]);
      }
    }
  });
});

function randomRun(random: SeededRandom) {
  const model = new Model(() => random.between(1, 60));
  const sent: ChangeOrderCommand[] = [];
  for (let steps = 0; steps < 40; steps += 1) {
    const chance = random.next();
    const part = { shipmentId: String(1 + random.below(2)) };
    const expected = random.chance(0.3) ? { expectedVersions: [model.order.version - random.below(2)] } : {};
    if (chance < 0.4) model.read();
    else if (chance < 0.5) model.history();
    else if (chance < 0.6 && sent.length > 0) model.outcome(random.pick(sent)!);
    else {
      const name = random.pick(['approveOrder', 'startFulfillment', 'createShipment', 'deliverShipment'] as const)!;
      const changes = { ...expected, ...(name === 'deliverShipment' && part) };
      const command = random.chance(0.2) ? random.pick(sent) : undefined;
      sent.push(command ?? model.command(name, name === 'createShipment' ? PARCEL : {}, changes));
      model.send(sent.at(-1)!, random.chance(0.5));
    }
  }
  model.read();
  return model.record();
}
