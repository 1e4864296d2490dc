import type { Apply, ConsumerStore } from './apply-if-newer.ts';

/**
 * A store for tests and tools. Its transaction is a copy of the state, made by `structuredClone`: `apply` changes the copy,
 * which becomes the state if that succeeds. Transactions run one at a time.
 */
export class InMemoryStore<State> implements ConsumerStore<State> {
  private current: State;
  private readonly versions = new Map<string, number>();
  private previous: Promise<unknown> = Promise.resolve();

  constructor(initial: State) {
    this.current = initial;
  }

  /** The committed state. */
  get state(): State {
    return this.current;
  }

  async commitIfNewer(orderId: string, version: number, apply: Apply<State>): Promise<boolean> {
    const done = this.previous.then(() => this.commit(orderId, version, apply));
    this.previous = done.catch(() => undefined);
    return done;
  }

  private async commit(orderId: string, version: number, apply: Apply<State>): Promise<boolean> {
    if ((this.versions.get(orderId) ?? 0) >= version) return false;
    const next = structuredClone(this.current);
    await apply(next);
    this.current = next;
    this.versions.set(orderId, version);
    return true;
  }
}
