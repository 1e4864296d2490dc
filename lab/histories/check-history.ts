/*
 * Checks the record of one order. An order is one sequence of versions, which the table has at the end, so there is nothing to
 * search: the versions are replayed once, and each answer bounds the moments at which they can have been stored.
 *
 * The rules, by the names that violations have:
 * - `sent`      Each version was made by a command that a caller had sent, ...
 * - `once`      ... and no command made two.
 * - `possible`  The version before allowed the command, which made this version of it, as `libs/orders` decides.
 * - `if-match`  A command with `If-Match: "v"` made version v + 1.
 * - `lost`      An order that was accepted is in the table. A command that was accepted is in the history or was refused later.
 * - `done`      A command that an answer shows as carried out is in the history, as the answer shows it.
 * - `refused`   A command of which every attempt was refused is not in the history.
 * - `refusal`   A refusal is what `libs/orders` decides at the version that the refusal names.
 * - `content`   An order in an answer is one of the versions, in every field. A history in an answer is the beginning of the final one.
 * - `time`      Each version can have been stored at a moment after the version before it, after the first attempt of its
 *               command began and after the begin of each request whose answer is of an earlier version, and before the end
 *               of each request whose answer is of it or a later one. So no answer is older than another that had ended
 *               before its request began, and a refusal (409, 412) was true between begin and end.
 * - `status`    No operation has a status that it does not document.
 *
 * A request without an answer, or with 503, may have been carried out or not, so only its begin counts. Lists and events are
 * not recorded: lists are eventually consistent, and chaos checks the events.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ChangeOrderCommand } from '#libs/order-requests';
import {
  decideChange,
  type HistoryEntry,
  lastChange,
  PLACE_ORDER,
  placeOrder,
  publicOrder,
  type RefusalCode,
  refusalOf,
  type ShopRules,
  type StoredOrder,
} from '#libs/orders';
import { type Body, isIndeterminate, type Operation, operationText, type OrderRecord } from './order-record.ts';

type Rule =
  | ('sent' | 'once' | 'possible' | 'if-match' | 'lost' | 'done')
  | ('refused' | 'refusal' | 'content' | 'time' | 'status');

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

interface Bound {
  readonly ms: number;
  readonly operation?: Operation;
}

const STATUSES: Readonly<Record<Operation['kind'], readonly unknown[]>> = {
  place: [201, 202],
  order: [200, 404],
  history: [200, 404],
  outcome: [200],
  command: [200, 202, 404, 409, 412],
};
const REFUSAL_STATUS: Partial<Record<RefusalCode, number>> = { STALE_VERSION: 412, NOT_POSSIBLE: 409, NOT_FOUND: 404 };
/** The limit from which wholesale orders await approval. */
const WHOLESALE_APPROVAL_LIMIT = 1_000_000;

export function violationsOf(record: OrderRecord): Violation[] {
  return new HistoryCheck(record).run();
}

class HistoryCheck {
  private readonly record: OrderRecord;
  /** By their begin. */
  private readonly operations: readonly Operation[];
  private readonly violations: Violation[] = [];
  private readonly history: readonly HistoryEntry[];
  private readonly attempts: ReadonlyMap<string, readonly Operation[]>;
  /** All versions, by their numbers; there is no version 0. */
  private versions: (StoredOrder | undefined)[] = [];
  /** The last moment at which a version was known not to exist, and the first at which it was known to exist. */
  private readonly absent: Bound[];
  private readonly present: Bound[];

  constructor(record: OrderRecord) {
    this.record = record;
    this.history = record.stored?.history ?? [];
    this.operations = record.operations.toSorted((a, b) => a.startMs - b.startMs);
    const commands = this.operations.filter(({ kind }) => kind === 'command');
    this.attempts = Map.groupBy(commands, ({ command }) => command!.commandId);
    this.absent = Array.from({ length: this.history.length + 2 }, () => ({ ms: -Infinity }));
    this.present = Array.from({ length: this.history.length + 2 }, () => ({ ms: Infinity }));
  }

  run(): Violation[] {
    this.replay();
    // What follows compares answers with versions.
    if (this.violations.length > 0) return this.violations;
    for (const operation of this.operations) this.checkAnswer(operation);
    for (const attempts of this.attempts.values()) this.checkCommand(attempts);
    this.checkPlacement();
    this.checkTimes();
    return this.violations;
  }

  private found(rule: Rule, text: string): void {
    this.violations.push({ rule, text });
  }

  private replay(): void {
    const { orderId, customerId, request, stored } = this.record;
    if (!stored) return;
    const seller = stored.invoice?.seller ?? { name: '', address: [], vatId: '' };
    const rules = { wholesaleApprovalLimit: WHOLESALE_APPROVAL_LIMIT, seller };
    const [{ at }, ...changes] = this.history as [HistoryEntry];
    const receivedAt = stored.placedAt;
    const placement = { commandId: orderId, orderId, customerId, receivedAt, traceparent: '', request };
    let order = placeOrder({ type: PLACE_ORDER, ...placement }, rules, at);
    this.versions = [undefined, order];
    for (const entry of changes) {
      const next = this.replayed(order, entry, rules);
      if (!next) return;
      order = next;
      this.versions.push(order);
    }
    if (!isSame(publicOrder(order), publicOrder(stored))) {
      this.found('possible', `the replay gives ${JSON.stringify(order)}, the table has ${JSON.stringify(stored)}`);
    }
  }

  private replayed(order: StoredOrder, entry: HistoryEntry, rules: ShopRules): StoredOrder | undefined {
    const { version, event, commandId, at } = entry;
    const command = this.attempts.get(commandId)?.[0]?.command;
    const what = `version ${version}, ${event}, ${commandId}`;
    if (!command) return void this.found('sent', `${what}: nobody sent this command`);
    // Another rule checks If-Match.
    const { expectedVersion, ...unconditional } = command;
    const decision = decideChange(order, unconditional, rules, at);
    if (decision.outcome === 'REPEATED') return void this.found('once', `${what}: it had made ${decision.version}`);
    if (decision.outcome === 'REFUSED') return void this.found('possible', `${what}: ${decision.refusal.detail}`);
    const made = lastChange(decision.order);
    if (made.version !== version || made.event !== event) this.found('possible', `${what}: expected ${made.event}`);
    if (expectedVersion !== undefined && expectedVersion !== version - 1) {
      this.found('if-match', `${what}: it was for version ${expectedVersion}`);
    }
    return decision.order;
  }

  private checkAnswer(operation: Operation): void {
    const { kind, command, answer } = operation;
    if (isIndeterminate(answer)) return;
    if (!STATUSES[kind].includes(answer.status)) {
      return this.found('status', operationText(operation));
    }
    const body = JSON.parse(answer.text) as Body;
    if (kind === 'outcome') this.checkOutcome(operation, body);
    else if (command && answer.status === 202) this.checkAccepted(operation, body);
    else if (body.orderVersion !== undefined) {
      this.checkRefusal(operation, body);
      this.saw(body.orderVersion, operation);
    } else if (kind === 'history' && body.data) this.checkHistory(operation, body.data);
    else if (body.version !== undefined) this.checkOrder(operation, body);
    // A customer's order that is not stored is PENDING, and other callers do not find it.
    else if (kind !== 'place') this.saw(0, operation);
  }

  private checkOrder(operation: Operation, { links: _links, ...order }: Body): void {
    const version = order.version!;
    const same = this.versions[version];
    if (!same || !isSame(publicOrder(same), order) || operation.answer.etag !== `"${version}"`) {
      return this.found('content', `expected ${JSON.stringify(same)}, got ${operationText(operation)}`);
    }
    this.saw(version, operation);
    if (operation.kind !== 'command') return;
    const made = this.madeBy(operation.command!);
    if (!made || made > version) this.found('done', operationText(operation));
  }

  private checkHistory(operation: Operation, data: readonly Partial<HistoryEntry>[]): void {
    const facts = ({ version, event, commandId, at }: Partial<HistoryEntry>) => [version, event, commandId, at];
    if (!isSame(data.map(facts), this.history.slice(0, data.length).map(facts))) {
      return this.found('content', operationText(operation));
    }
    this.saw(data.length, operation);
  }

  private checkAccepted(operation: Operation, { commandId }: Body): void {
    if (commandId !== operation.command!.commandId) this.found('content', operationText(operation));
    if (!operation.answer.replayed) return;
    const made = this.madeBy(operation.command!);
    if (made) this.isPresent(made, operation);
    else this.found('done', operationText(operation));
  }

  private checkOutcome(operation: Operation, { status, version, event, refusal }: Body): void {
    const command = operation.command!;
    const made = this.madeBy(command);
    if (status === 'APPLIED') {
      if (!made || made !== version || this.history[made - 1]?.event !== event) {
        return this.found('done', operationText(operation));
      }
      return this.isPresent(made, operation);
    }
    // A command that was refused may be sent again and carried out.
    if (made) this.isAbsent(made, operation);
    if (!refusal) return;
    this.checkRefusal(operation, refusal);
    this.isPresent(refusal.orderVersion!, operation);
    this.isAbsent(refusal.orderVersion! + 1, this.attempts.get(command.commandId)![0]!);
  }

  private checkRefusal(operation: Operation, body: Body): void {
    const order = this.versions[body.orderVersion!];
    const refusal = order && refusalOf(order, operation.command!);
    const expected = refusal && [REFUSAL_STATUS[refusal.code], refusal.detail, refusal.status, refusal.allowedCommands];
    if (!isSame(expected, [body.status, body.detail, body.orderStatus, body.allowedCommands])) {
      this.found('refusal', `expected ${JSON.stringify(expected)}, got ${operationText(operation)}`);
    }
  }

  private checkCommand(attempts: readonly Operation[]): void {
    const [{ command }] = attempts as [Operation];
    const made = this.madeBy(command!);
    if (made) this.isAbsent(made, attempts[0]!);
    const refusals = this.operations.filter(
      ({ kind, command: other, answer }) =>
        kind === 'outcome' && other!.commandId === command!.commandId && answer.text.includes('"REFUSED"'),
    );
    const isRefused = ({ answer }: Operation) => [404, 409, 412].includes(Number(answer.status));
    const accepted = attempts.find(({ answer }) => answer.status === 202);
    if (accepted && !made && refusals.length === 0) this.found('lost', operationText(accepted));
    const refused = attempts.every(isRefused) ? attempts[0] : attempts.length === 1 ? refusals[0] : undefined;
    if (made && refused) this.found('refused', `it made version ${made}: ${operationText(refused)}`);
  }

  private checkPlacement(): void {
    const placements = this.operations.filter(({ kind }) => kind === 'place');
    const accepted = placements.find(({ answer }) => !isIndeterminate(answer));
    if (accepted && !this.record.stored) this.found('lost', operationText(accepted));
    for (const placement of placements.slice(0, 1)) this.isAbsent(1, placement);
  }

  private checkTimes(): void {
    let last: Bound = { ms: -Infinity };
    for (let version = 1; version <= this.history.length; version += 1) {
      if (this.absent[version]!.ms > last.ms) last = this.absent[version]!;
      const first = this.present.slice(version).reduce((one, other) => (other.ms < one.ms ? other : one));
      if (last.ms <= first.ms) continue;
      const [knows, before] = [operationText(first.operation!), operationText(last.operation!)];
      return this.found(
        'time',
        `version ${version} was there in\n  ${knows}\nbut not yet at the begin of\n  ${before}`,
      );
    }
  }

  private madeBy({ commandId }: ChangeOrderCommand): number | undefined {
    return this.history.find((entry) => entry.commandId === commandId)?.version;
  }

  /** The order was at this version at a moment of the operation. */
  private saw(version: number, operation: Operation): void {
    this.isPresent(version, operation);
    this.isAbsent(version + 1, operation);
  }

  private isPresent(version: number, operation: Operation): void {
    if (operation.endMs < (this.present[version]?.ms ?? -Infinity))
      this.present[version] = bound(operation.endMs, operation);
  }

  private isAbsent(version: number, operation: Operation): void {
    if (operation.startMs > (this.absent[version]?.ms ?? Infinity))
      this.absent[version] = bound(operation.startMs, operation);
  }
}

function bound(ms: number, operation: Operation): Bound {
  return { ms, operation };
}

/** Whether two values are the same as JSON. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one ?? null)), JSON.parse(JSON.stringify(other ?? null)));
}
