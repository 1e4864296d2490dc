/*
 * Checks the record of one order. An order is one sequence of versions, which its history in the table shows at the end, so there
 * is nothing to search: each answer bounds the moments at which the versions can have been stored.
 *
 * The rules, by the names that violations have:
 * - `sent`      Each version was made by a command that a caller sent with this content, ...
 * - `once`      ... and no command made two.
 * - `possible`  The version before allowed the command, as `libs/orders` decides, and the order is the sum of its history.
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
 * not recorded: lists are eventually consistent, and chaos checks the events. Of a history's entries, `by` and `reason` are not
 * compared, and of version 1 not what its caller sent: the tests of the api and the worker do that.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ChangeOrderCommand } from '#libs/order-requests';
import {
  fingerprintOf,
  type HistoryEntry,
  orderVersions,
  publicOrder,
  refusalOf,
  type StoredOrder,
} from '#libs/orders';
import { type Body, isIndeterminate, type Operation, operationText, type OrderRecord } from './order-record.ts';

type RuleOfVersions = 'sent' | 'once' | 'possible' | 'if-match' | 'time';
type RuleOfAnswers = 'lost' | 'done' | 'refused' | 'refusal' | 'content' | 'status';

export interface Violation {
  readonly rule: RuleOfVersions | RuleOfAnswers;
  readonly text: string;
}

const STATUSES: Readonly<Record<Operation['kind'], readonly unknown[]>> = {
  place: [201, 202],
  order: [200, 404],
  history: [200, 404],
  outcome: [200],
  command: [200, 202, 404, 409, 412],
};
const REFUSAL_STATUS = {
  STALE_VERSION: 412,
  NOT_POSSIBLE: 409,
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  IDEMPOTENCY_CONFLICT: 422,
};

export function violationsOf(record: OrderRecord): Violation[] {
  return new HistoryCheck(record).run();
}

class HistoryCheck {
  private readonly violations: Violation[] = [];
  private readonly history: readonly HistoryEntry[];
  /** By their numbers; there is no version 0. */
  private readonly versions: readonly (StoredOrder | undefined)[];
  private readonly complete: boolean;
  /** By their begin. */
  private readonly operations: readonly Operation[];
  /** The attempts of each command. */
  private readonly attempts: ReadonlyMap<string, readonly Operation[]>;
  /** By version: the operation that began last of those that did not find it, and the one that ended first of those that did. */
  private readonly absent = new Map<number, Operation>();
  private readonly present = new Map<number, Operation>();

  constructor({ operations, stored }: OrderRecord) {
    const { versions, complete } = stored ? orderVersions(stored) : { versions: [], complete: true };
    this.versions = [undefined, ...versions.map(({ order }) => order)];
    this.complete = complete;
    this.history = stored?.history ?? [];
    this.operations = operations.toSorted((a, b) => a.startMs - b.startMs);
    this.attempts = Map.groupBy(
      this.operations.filter(({ kind }) => kind === 'command'),
      ({ command }) => command!.commandId,
    );
  }

  run(): Violation[] {
    if (!this.complete) return [{ rule: 'possible', text: 'the order is not what its history leads to' }];
    for (const entry of this.history.slice(1)) this.checkVersion(entry);
    for (const operation of this.operations) if (!isIndeterminate(operation.answer)) this.checkAnswer(operation);
    for (const attempts of this.attempts.values()) this.checkCommand(attempts);
    this.checkPlacement(this.operations.filter(({ kind }) => kind === 'place'));
    this.checkTimes();
    return this.violations;
  }

  private found(rule: Violation['rule'], operation: Operation | string): void {
    this.violations.push({ rule, text: typeof operation === 'string' ? operation : operationText(operation) });
  }

  private checkVersion({ version, event, commandId, fingerprint }: HistoryEntry): void {
    const command = this.attempts.get(commandId)?.[0]?.command;
    const made = `version ${version}, ${event}, command ${commandId}`;
    if (!command || fingerprintOf(command.request) !== fingerprint) return this.found('sent', made);
    if (this.madeBy(command) !== version) return this.found('once', made);
    const { expectedVersions = [version - 1], ...unconditional } = command;
    if (!expectedVersions.includes(version - 1)) this.found('if-match', made);
    if (refusalOf(this.versions[version - 1]!, unconditional)) this.found('possible', made);
  }

  private checkAnswer(operation: Operation): void {
    const { kind, command, answer } = operation;
    if (!STATUSES[kind].includes(answer.status)) return this.found('status', operation);
    const body = JSON.parse(answer.text) as Body;
    if (kind === 'outcome') this.checkOutcome(operation, command!, body);
    else if (command && answer.status === 202) this.checkAccepted(operation, command, body);
    else if (body.orderVersion !== undefined) this.checkRefusal(operation, body, operation);
    else if (body.data && answer.status === 200) this.checkHistory(operation, body.data);
    else if (body.version !== undefined) this.checkOrder(operation, body);
    // An order that is not stored is PENDING to its customer, and other callers do not find it.
    else if (kind !== 'place') this.saw(0, operation);
  }

  private checkOrder(operation: Operation, { links: _links, ...order }: Body): void {
    const version = this.versions[order.version!];
    const isVersion = version && isSame(publicOrder(version), order);
    if (!isVersion || operation.answer.etag !== `"${order.version}"`) return this.found('content', operation);
    this.saw(order.version!, operation);
    if (operation.kind === 'command' && !(this.madeBy(operation.command!) <= order.version!))
      this.found('done', operation);
  }

  private checkHistory(operation: Operation, data: readonly Partial<HistoryEntry>[]): void {
    const facts = ({ version, event, commandId, at }: Partial<HistoryEntry>) => [version, event, commandId, at];
    const isBeginning = isSame(data.map(facts), this.history.slice(0, data.length).map(facts));
    if (isBeginning) this.saw(data.length, operation);
    else this.found('content', operation);
  }

  private checkAccepted(operation: Operation, command: ChangeOrderCommand, { commandId }: Body): void {
    if (commandId !== command.commandId) this.found('content', operation);
    if (operation.answer.replayed) this.checkDone(operation, this.madeBy(command));
  }

  private checkDone(operation: Operation, version: number): void {
    if (this.history[version - 1]) this.isPresent(version, operation);
    else this.found('done', operation);
  }

  private checkOutcome(operation: Operation, command: ChangeOrderCommand, body: Body): void {
    const made = this.madeBy(command);
    if (body['status'] === 'APPLIED') {
      const isMade = body.version === made && body['event'] === this.history[made - 1]?.event;
      return this.checkDone(operation, isMade ? made : NaN);
    }
    // A command that was refused may be sent again, and be carried out then.
    this.isAbsent(made, operation);
    if (body.refusal) this.checkRefusal(operation, body.refusal, this.attempts.get(command.commandId)![0]!);
  }

  /** @param since the operation since whose begin the order was at the version of the refusal */
  private checkRefusal(operation: Operation, body: Body, since: Operation): void {
    const version = body.orderVersion!;
    const order = this.versions[version];
    const refusal = order && refusalOf(order, operation.command!);
    const expected = refusal && [REFUSAL_STATUS[refusal.code], refusal.detail, refusal.status, refusal.allowedCommands];
    const came = [body['status'], body['detail'], body['orderStatus'], body['allowedCommands']];
    if (!isSame(expected, came)) this.found('refusal', operation);
    this.isPresent(version, operation);
    this.isAbsent(version + 1, since);
  }

  private checkCommand(attempts: readonly Operation[]): void {
    const [first] = attempts as [Operation];
    const { commandId } = first.command!;
    const made = this.madeBy(first.command!);
    this.isAbsent(made, first);
    const refusal = this.operations.find(
      ({ kind, command, answer }) =>
        kind === 'outcome' && command!.commandId === commandId && answer.text.includes('"REFUSED"'),
    );
    const accepted = attempts.find(({ answer }) => answer.status === 202);
    if (accepted && !refusal && !made) this.found('lost', accepted);
    const isRefused = attempts.every(({ answer }) => [404, 409, 412].includes(Number(answer.status)));
    if (made && (isRefused || (refusal && attempts.length === 1))) this.found('refused', first);
  }

  private checkPlacement(attempts: readonly Operation[]): void {
    if (attempts[0]) this.isAbsent(1, attempts[0]);
    const accepted = attempts.find(({ answer }) => !isIndeterminate(answer));
    if (accepted && this.history.length === 0) this.found('lost', accepted);
  }

  private checkTimes(): void {
    let last: Operation | undefined;
    for (const { version } of this.history) {
      const absent = this.absent.get(version);
      if (absent && !(last && last.startMs > absent.startMs)) last = absent;
      for (const [known, first] of this.present) {
        if (!last || known < version || first.endMs >= last.startMs) continue;
        const texts = `was there in\n  ${operationText(first)}\nand not at the begin of\n  ${operationText(last)}`;
        return this.found('time', `version ${version} ${texts}`);
      }
    }
  }

  /** The version that the command made; NaN if it made none. */
  private madeBy({ commandId }: ChangeOrderCommand): number {
    return this.history.find((entry) => entry.commandId === commandId)?.version ?? NaN;
  }

  /** The order was at this version at some moment of the operation. */
  private saw(version: number, operation: Operation): void {
    this.isPresent(version, operation);
    this.isAbsent(version + 1, operation);
  }

  private isPresent(version: number, operation: Operation): void {
    const first = this.present.get(version);
    if (!first || operation.endMs < first.endMs) this.present.set(version, operation);
  }

  private isAbsent(version: number, operation: Operation): void {
    const last = this.absent.get(version);
    if (!last || operation.startMs > last.startMs) this.absent.set(version, operation);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** As JSON has it: without undefined fields. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
