import fc from 'fast-check';
import type { ChangeRecord } from './change-stream.ts';
import { completeOptions } from './options.ts';
import { PublishPump } from './publish-pump.ts';
import { VirtualClock } from './testing/virtual-clock.ts';
import { runs } from '../../../test/harness/rounds.ts';

const MAX_IN_FLIGHT = 4;
const options = completeOptions({ consumerId: 'one', maxInFlight: MAX_IN_FLIGHT });

const steps = ['accept', 'accept', 'accept', 'wait', 'wait'] as const;

interface Course {
  /** Items by number, in the order in which their records come. */
  items: number[];
  steps: (typeof steps)[number][];
  /** Which attempts fail; those past the end succeed. */
  failures: boolean[];
  /** After how many steps the lease is lost, if ever. */
  lossAfter: number;
  impatient: boolean;
}

const anyCourse = (failing: boolean): fc.Arbitrary<Course> =>
  fc.record({
    items: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }),
    steps: fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 15 }),
    failures: failing ? fc.array(fc.boolean(), { maxLength: 20 }) : fc.constant([]),
    lossAfter: failing ? fc.integer({ min: 0, max: 30 }) : fc.constant(99),
    impatient: failing ? fc.boolean() : fc.constant(false),
  });

/** A pump whose publishes come to their end when the scheduler says. */
class Race {
  readonly clock = new VirtualClock();
  readonly pump: PublishPump;
  readonly broken: string[] = [];
  readonly accepted: number[] = [];
  readonly finished = new Set<number>();
  readonly course: Course;
  private readonly inFlight = new Map<string, number>();
  private readonly furthest = new Map<string, number>();
  private readonly scheduler: fc.Scheduler;
  private taken = 0;
  private attempts = 0;
  private furthestStarted = 0;
  private lost = false;
  private closed = false;
  private startsNothing = false;
  private readonly filling = new AbortController();

  constructor(scheduler: fc.Scheduler, course: Course) {
    this.scheduler = scheduler;
    this.course = course;
    this.pump = new PublishPump({ clock: this.clock, options }, undefined, {
      publish: (record) => this.publish(record),
      mayPublish: () => !this.lost,
      retryAfterMs: (_, __, failures) => failures * 3,
    });
  }

  /** Lets nothing more start. */
  stopFilling(): void {
    this.filling.abort();
    this.startsNothing = true;
  }

  async take(step: (typeof steps)[number]): Promise<void> {
    this.taken += 1;
    if (this.taken > this.course.lossAfter) this.lost = true;
    if (step === 'accept') this.accept(3);
    else await this.clock.advance(4);
    this.inspect();
  }

  accept(count: number): void {
    const from = this.accepted.length;
    const records = this.course.items.slice(from, from + count).map((item, n) => recordOf(item, from + n + 1));
    this.accepted.push(...records.map(({ sequenceNumber }) => Number(sequenceNumber)));
    this.pump.accept(records);
  }

  /** Closes the pump while publishes are in flight. */
  async close(): Promise<void> {
    const patience = new AbortController();
    this.closed = true;
    const ended = this.pump.close(patience.signal, this.filling.signal);
    if (this.course.impatient) patience.abort();
    await this.scheduler.waitFor(ended);
    this.inspect();
    const { inFlightRecords } = this.pump.status();
    if (!this.course.impatient && inFlightRecords > 0) this.broken.push('ends with publishes in flight');
    await this.clock.advance(1_000);
    await this.scheduler.waitIdle();
    this.inspect();
  }

  /** Checks what must hold between any two steps. */
  inspect(): void {
    const upTo = Number(this.pump.published ?? 0);
    const hole = this.accepted.find((sequence) => sequence <= upTo && !this.finished.has(sequence));
    if (hole !== undefined) this.broken.push(`progress ${upTo} passes ${hole}`);
    const next = this.accepted.find((sequence) => sequence > upTo);
    if (next !== undefined && this.finished.has(next)) this.broken.push(`progress ${upTo} stays before ${next}`);
    const { inFlightRecords, bufferedRecords } = this.pump.status();
    if (inFlightRecords > MAX_IN_FLIGHT) this.broken.push(`${inFlightRecords} in flight`);
    if (bufferedRecords !== this.accepted.length - this.finished.size) this.broken.push('miscounts its buffer');
  }

  private async publish({ itemKey, sequenceNumber }: ChangeRecord): Promise<void> {
    const sequence = Number(sequenceNumber);
    if (this.lost) this.broken.push(`${sequence} starts although lost`);
    if (this.inFlight.has(itemKey)) this.broken.push(`${sequence} starts beside ${this.inFlight.get(itemKey)}`);
    if (this.finished.has(sequence)) this.broken.push(`${sequence} starts again`);
    if (sequence < (this.furthest.get(itemKey) ?? 0)) this.broken.push(`${sequence} starts late`);
    if (this.startsNothing) this.broken.push(`${sequence} starts at the end`);
    if (this.closed && sequence > this.furthestStarted) this.broken.push(`${sequence} starts although closed`);
    this.furthestStarted = Math.max(this.furthestStarted, sequence);
    this.furthest.set(itemKey, sequence);
    this.inFlight.set(itemKey, sequence);
    const fails = this.course.failures[this.attempts] ?? false;
    this.attempts += 1;
    try {
      await this.scheduler.schedule(Promise.resolve(), `${itemKey}:${sequence} ${fails ? 'fails' : 'finishes'}`);
    } finally {
      this.inFlight.delete(itemKey);
    }
    if (fails) throw new Error('the destination is away');
    this.finished.add(sequence);
  }
}

function recordOf(item: number, sequence: number): ChangeRecord {
  const itemKey = `item-${item}`;
  const sequenceNumber = String(sequence);
  return { sequenceNumber, eventId: sequenceNumber, eventName: 'MODIFY', itemKey, keys: { id: { S: itemKey } } };
}

async function play(scheduler: fc.Scheduler, course: Course): Promise<Race> {
  const race = new Race(scheduler, course);
  const story = course.steps.map((step) => ({ builder: () => race.take(step), label: step }));
  await scheduler.waitFor(scheduler.scheduleSequence(story).task);
  return race;
}

describe('PublishPump, its publishes ending in any order', () => {
  it('keeps the order of each item and never counts past a hole, whatever fails, is lost or is closed when', async () => {
    const anyRace = fc.asyncProperty(fc.scheduler(), anyCourse(true), async (scheduler, course) => {
      const race = await play(scheduler, course);
      await race.close();
      expect(race.broken).toEqual([]);
    });
    await fc.assert(anyRace, runs(600));
  });

  it('starts nothing more at the end of its time, holes or not, and ends with what is in flight', async () => {
    const anyRace = fc.asyncProperty(fc.scheduler(), anyCourse(true), fc.nat(3), async (scheduler, course, turns) => {
      const race = await play(scheduler, { ...course, impatient: false });
      const ended = race.close();
      for (let turn = 0; turn < turns && scheduler.count() > 0; turn += 1) await scheduler.waitOne();
      race.stopFilling();
      await ended;
      expect(race.broken).toEqual([]);
    });
    await fc.assert(anyRace, runs(400));
  });

  it('leaves no hole behind when it is closed and nothing fails', async () => {
    const anyRace = fc.asyncProperty(fc.scheduler(), anyCourse(false), async (scheduler, course) => {
      const race = await play(scheduler, course);
      await race.close();
      expect(race.broken).toEqual([]);
      expect(Math.max(0, ...race.finished)).toBe(Number(race.pump.published ?? 0));
    });
    await fc.assert(anyRace, runs(400));
  });

  it('publishes all in the end when nothing is lost or closed, however much fails', async () => {
    const anyRace = fc.asyncProperty(fc.scheduler(), anyCourse(true), async (scheduler, course) => {
      const race = await play(scheduler, { ...course, lossAfter: 99 });
      race.accept(course.items.length);
      for (let round = 0; round < 60; round += 1) {
        await scheduler.waitIdle();
        await race.clock.advance(100);
      }
      race.inspect();
      expect(race.broken).toEqual([]);
      expect(race.pump.status().bufferedRecords).toBe(0);
      expect(Number(race.pump.published)).toBe(course.items.length);
    });
    await fc.assert(anyRace, { numRuns: 100 });
  });
});
