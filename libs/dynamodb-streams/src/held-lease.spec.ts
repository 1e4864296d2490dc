import fc from 'fast-check';
import { HeldLease } from './held-lease.ts';
import type { Lease, LeaseStore } from './lease-store.ts';
import { LeaseWatch } from './lease-watch.ts';
import { completeOptions } from './options.ts';
import { noLog, noMetrics } from './listeners.ts';
import { MemoryLeaseStore } from './testing/memory-lease-store.ts';
import { VirtualClock } from './testing/virtual-clock.ts';
import { runs } from '../../../test/harness/rounds.ts';

const options = completeOptions({
  consumerId: 'owner',
  leaseDurationMs: 100,
  renewIntervalMs: 25,
  publishMarginMs: 30,
  leaseCallTimeoutMs: 20,
});

/** Outcomes of a call, besides coming early or late. */
const fates = ['answered', 'answered', 'answered', 'fails', 'answer lost', 'hangs'] as const;
type Fate = (typeof fates)[number];

const steps = ['wait', 'wait', 'wait', 'wait', 'checkpoint', 'rival scans', 'rival scans', 'end', 'release'] as const;
type Step = { step: (typeof steps)[number]; ms: number };

const anyFates = fc.infiniteStream(fc.constantFrom(...fates));
const anySteps = fc.array(fc.record({ step: fc.constantFrom(...steps), ms: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 5,
  maxLength: 40,
});

/** A lease held by `owner` and coveted by `rival`; calls arrive and are answered when the scheduler says. */
class Race {
  readonly clock = new VirtualClock();
  readonly store = new MemoryLeaseStore();
  readonly watch = new LeaseWatch(options.leaseDurationMs);
  readonly lease: HeldLease;
  readonly broken: string[] = [];
  /** The owner itself knows it: the lease was released, or has ended. */
  private givenUp = false;
  /** An answer said it: another consumer has the lease. */
  private knowsLoss = false;
  /** When the last renewal was sent that is known to have succeeded; at first the claim. */
  private renewedMs = 0;
  private checkpoint = 0;
  private readonly scheduler: fc.Scheduler;
  private readonly fates: Iterator<Fate>;

  constructor(scheduler: fc.Scheduler, anyFates: Iterator<Fate>) {
    this.scheduler = scheduler;
    this.fates = anyFates;
    const row: Lease = { shardId: 'A', state: 'OPEN', owner: 'owner', epoch: 1, heartbeat: 1 };
    this.store.rows.set('A', row);
    const listeners = { log: noLog, metrics: noMetrics };
    this.lease = new HeldLease(row, 0, { leases: this.slowStore(), clock: this.clock, options, listeners });
    this.lease.startRenewing();
  }

  get row(): Lease {
    return this.store.rows.get('A') as Lease;
  }

  async take({ step, ms }: Step): Promise<void> {
    if (step === 'wait') await this.clock.advance(ms);
    if (step === 'rival scans') await this.rivalScans();
    if (step === 'checkpoint') this.saveNext();
    if (step === 'end') this.end();
    if (step === 'release') this.release();
    this.inspect();
  }

  /** Checks what must hold between any two steps. */
  inspect(): void {
    const may = this.lease.mayPublish();
    // A shard is ended when nothing of it is left to publish, so the time until that is known does no harm.
    const isOther = this.row.epoch !== 1 || (this.row.owner === undefined && this.row.state === 'OPEN');
    if (may && isOther) this.broken.push('publishes what is not its own');
    if (may && this.lease.lost.aborted) this.broken.push('publishes although lost');
    if (may && this.knowsLoss) this.broken.push('publishes although it knows that the lease is lost');
    const limitMs = this.renewedMs + options.leaseDurationMs - options.publishMarginMs;
    if (may && this.clock.now() >= limitMs) this.broken.push('publishes later than its renewals allow');
    if (may && this.givenUp) this.broken.push('publishes although given up');
  }

  /** Claims by the same rule as a consumer does: a heartbeat that stood still for a lease, or no owner. */
  private async rivalScans(): Promise<void> {
    const seen = this.row;
    this.watch.observe([seen], this.clock.now());
    if (seen.state === 'ENDED' || seen.owner === 'rival') return;
    if (!this.watch.isClaimable(seen, 'rival', this.clock.now())) return;
    if (!(await this.store.claim(seen, 'rival', 'token'))) return;
    if (seen.owner === 'owner' && this.lease.mayPublish()) this.broken.push('was taken while it may publish');
  }

  private saveNext(): void {
    if (this.givenUp) return;
    this.checkpoint += 1;
    const wanted = this.checkpoint;
    const noteSaved = (held: boolean) => {
      if (held && Number(this.row.checkpoint ?? 0) < wanted) this.broken.push('says saved what is not');
      if (held && this.lease.lost.aborted) this.broken.push('says saved although lost');
    };
    void this.lease.checkpoint(String(wanted)).then(noteSaved, () => undefined);
  }

  private end(): void {
    if (this.givenUp) return;
    const noteEnded = (ended: boolean) => {
      if (ended && this.row.state !== 'ENDED') this.broken.push('says ended what is not');
      if (ended && this.lease.lost.aborted) this.broken.push('says ended although lost');
      this.givenUp ||= ended;
    };
    void this.lease.end([]).then(noteEnded, () => undefined);
  }

  private release(): void {
    if (this.givenUp) return;
    this.givenUp = true;
    void this.lease.release();
  }

  private noteAnswer(what: string, answer: unknown, sentMs: number): void {
    if (answer === undefined || answer === false) this.knowsLoss = true;
    else if (what === 'renew') this.renewedMs = sentMs;
  }

  private slowStore(): LeaseStore {
    const { store } = this;
    const carry = async <T>(what: string, apply: () => Promise<T>): Promise<T> => {
      const fate = this.fates.next().value as Fate;
      if (what === 'renew' && this.lease.lost.aborted) this.broken.push('renews what is lost');
      const sentMs = this.clock.now();
      await this.scheduler.schedule(Promise.resolve(), `${what} arrives`);
      if (fate === 'fails') throw new Error('connection reset');
      const answer = await apply();
      if (fate === 'hangs') return new Promise(() => undefined);
      await this.scheduler.schedule(Promise.resolve(), `${what} is answered`);
      if (fate === 'answer lost') throw new Error('connection lost');
      this.noteAnswer(what, answer, sentMs);
      return answer;
    };
    return Object.assign(Object.create(store) as LeaseStore, {
      renew: (hold) => carry('renew', () => store.renew(hold)),
      checkpoint: (hold, position) => carry('checkpoint', () => store.checkpoint(hold, position)),
      end: (hold, children) => carry('end', () => store.end(hold, children)),
      release: (hold) => carry('release', () => store.release(hold)),
    } satisfies Partial<LeaseStore>);
  }
}

describe('HeldLease, its calls arriving and being answered in any order', () => {
  const seen = { lost: 0, taken: 0, ended: 0, released: 0 };

  it('never permits a publish once it is lost, given up, or could belong to another consumer', async () => {
    const race = fc.asyncProperty(fc.scheduler(), anyFates, anySteps, async (scheduler, fateStream, taken) => {
      const world = new Race(scheduler, fateStream[Symbol.iterator]());
      const story = taken.map((step) => ({ builder: () => world.take(step), label: `${step.step} ${step.ms}` }));
      await scheduler.waitFor(scheduler.scheduleSequence(story).task);
      await scheduler.waitIdle();
      world.inspect();
      world.lease.giveUp();
      seen.lost += Number(world.lease.lost.aborted);
      seen.taken += Number(world.row.owner === 'rival');
      seen.ended += Number(world.row.state === 'ENDED');
      seen.released += Number(world.row.owner === undefined && world.row.state === 'OPEN');
      expect(world.broken).toEqual([]);
    });
    await fc.assert(race, runs(600));
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  });
});
