import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { matches, type MessageFilter } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { type DryRun, type MoveResult, redriveOrDiscard } from '../../../../operations/dead-letters/redrive.ts';
import { UsageError } from '../../../../operations/environment.ts';
import { textOf } from '../../../../operations/terminal.ts';
import { Operations } from '../operations.ts';
import { DeadLetters, type ListedMessage, queueNamed } from './dead-letters.ts';

/** A dry run of 10,000 messages takes 1 MB. */
const MAX_DRY_RUNS = 20;
const MAX_MOVES = 100;
/** Messages a second. */
const RATE = 50;

export const MOVEMENTS = ['redrive', 'discard'] as const;
export type Movement = (typeof MOVEMENTS)[number];

interface PlannedMove {
  id: string;
  movement: Movement;
  queue: string;
  filter: MessageFilter;
  shown: DryRun;
}

/** A redrive or a discard that a person has confirmed. */
export interface Move extends Pick<PlannedMove, 'id' | 'movement' | 'queue'> {
  by: string;
  why: string;
  /** The number of messages that the dry run has shown. */
  selected: number;
  counts: Readonly<Record<string, number>>;
  result?: MoveResult;
  error?: string;
}

/** Moves dead letters as `npm run dlq` does, with the same log of operations. */
export class Moves {
  private readonly planned = new Map<string, PlannedMove>();
  private readonly moves = new Map<string, Move>();

  constructor(
    private readonly operations: Operations,
    private readonly deadLetters: DeadLetters,
  ) {}

  find(id: string): Move | undefined {
    return this.moves.get(id);
  }

  /** The file of discarded messages, on the machine of this console. */
  fileOf(queue: string): string {
    return join(homedir(), `discarded-${this.operations.environment.name}-${queue}.jsonl`);
  }

  /** A move hides the messages that it has received. @throws UsageError while one is running */
  mustBeIdle(queue: string): void {
    const running = [...this.moves.values()].find((one) => one.queue === queue && !isEnded(one));
    if (running) throw new UsageError(`a ${running.movement} of ${queue} is running: wait until it has ended`);
  }

  /** Reads the messages that a move would take, and remembers them until it is confirmed. @throws UsageError */
  async dryRun(
    movement: Movement,
    queue: string,
    filter: MessageFilter,
  ): Promise<{ id: string; messages: readonly ListedMessage[]; unseen: number }> {
    this.mustBeIdle(queue);
    const { messages: all, unseen, readAtMs } = await this.deadLetters.read(queueNamed(queue));
    const messages = all.filter((message) => matches(message, filter));
    const messageIds = new Set(messages.map(({ messageId }) => messageId));
    const id = randomUUID();
    keep(this.planned, { id, movement, queue, filter, shown: { messageIds, readAtMs } }, MAX_DRY_RUNS);
    return { id, messages, unseen };
  }

  /** Starts the move of a dry run. A form that is sent twice starts it once. @throws UsageError */
  start(id: string, by: string, why: string): Move {
    const started = this.moves.get(id);
    if (started) return started;
    const planned = this.planned.get(id);
    if (!planned) throw new UsageError('this dry run is not known any more: open it again');
    if (why.trim() === '') throw new UsageError('the log needs a reason: say why');
    const { movement, queue, shown } = planned;
    this.mustBeIdle(queue);
    const move: Move = { id, movement, queue, by, why, selected: shown.messageIds.size, counts: {} };
    this.planned.delete(id);
    keep(this.moves, move, MAX_MOVES);
    void this.deadLetters.inTurn(queue, (signal) => this.run(move, planned, signal));
    return move;
  }

  /** A move that is interrupted gives its messages back. */
  private async run(move: Move, { filter, shown }: PlannedMove, signal: AbortSignal): Promise<void> {
    const { movement, queue, by, why } = move;
    const into = movement === 'discard' && { into: this.fileOf(queue) };
    const typed = { command: movement, filter, rate: RATE, ...into, by, why, dryRunShown: shown };
    const onStart = (counts: Move['counts']) => (move.counts = counts);
    try {
      move.result = await redriveOrDiscard(this.operations.environment, queueNamed(queue), typed, signal, onStart);
    } catch (error) {
      move.error = textOf(error);
    } finally {
      this.deadLetters.forget(queue);
    }
  }
}

export function isEnded({ result, error }: Move): boolean {
  return result !== undefined || error !== undefined;
}

/** Keeps the newest. */
function keep<Kept extends { id: string }>(all: Map<string, Kept>, one: Kept, most: number): void {
  all.set(one.id, one);
  for (const old of [...all.keys()].slice(0, -most)) all.delete(old);
}
