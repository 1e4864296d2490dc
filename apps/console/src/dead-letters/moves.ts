import { readArguments } from '../../../../operations/dead-letters/arguments.ts';
import type { MessageFilter } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { type MoveResult, redriveOrDiscard } from '../../../../operations/dead-letters/redrive.ts';
import { textOf } from '../../../../operations/terminal.ts';
import { Operations } from '../operations.ts';
import { DeadLetters, queueNamed } from './dead-letters.ts';

const MAX_KEPT = 100;

export const MOVEMENTS = ['redrive', 'discard'] as const;
export type Movement = (typeof MOVEMENTS)[number];

/** A redrive or a discard that a person started here. */
export interface Move {
  id: string;
  movement: Movement;
  queue: string;
  by: string;
  why: string;
  /** The messages that the dry run selected. */
  selected: number;
  counts: Readonly<Record<string, number>>;
  result?: MoveResult;
  error?: string;
}

/** Moves dead letters as `npm run dlq` does, with the same log of operations. */
export class Moves {
  private readonly moves = new Map<string, Move>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly operations: Operations,
    private readonly deadLetters: DeadLetters,
  ) {}

  find(id: string): Move | undefined {
    return this.moves.get(id);
  }

  /**
   * Starts a move, or returns the one that the same form has started: a form that is sent twice has the same id.
   * @throws UsageError for a reason or a file that is missing
   */
  start(
    asked: Pick<Move, 'id' | 'movement' | 'queue' | 'by' | 'why' | 'selected'>,
    filter: MessageFilter,
    file: string,
  ): Move {
    const started = this.moves.get(asked.id);
    if (started) return started;
    const { movement, queue, by, why } = asked;
    const into = movement === 'discard' ? [`--into=${file}`] : [];
    const typed = readArguments([movement, queue, '--all', `--by=${by}`, `--why=${why}`, ...into]);
    const move: Move = { counts: {}, ...asked };
    this.moves.set(move.id, move);
    for (const old of [...this.moves.keys()].slice(0, -MAX_KEPT)) this.moves.delete(old);
    void this.run(move, { ...typed, filter });
    return move;
  }

  /** A move that is interrupted gives its messages back. */
  stop(): void {
    this.stopping.abort();
  }

  private async run(move: Move, typed: Parameters<typeof redriveOrDiscard>[2]): Promise<void> {
    const { environment } = this.operations;
    const onStart = (counts: Move['counts']) => (move.counts = counts);
    try {
      move.result = await redriveOrDiscard(environment, queueNamed(move.queue), typed, this.stopping.signal, onStart);
    } catch (error) {
      move.error = textOf(error);
    } finally {
      this.deadLetters.expire();
    }
  }
}
