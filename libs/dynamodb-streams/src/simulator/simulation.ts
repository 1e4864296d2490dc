import { DayOff, disturb } from './disturbances.ts';
import { drained, inspectQuiet } from './quiet-world.ts';
import type { Violation } from './observations.ts';
import { type Sabotage, settings, SimulatedWorld } from './simulated-world.ts';
import { calm } from './simulated-process.ts';

/** Duration of the faults, in virtual milliseconds. */
const TROUBLE_MS = { least: 6_000, most: 22_000 };
/** After the last fault, everything must be read and owned within this time. */
const LIVENESS_MS = 60_000;
const STEP_MS = 1_000;

/** The result of one schedule. */
export interface SimulationResult {
  violation: Violation | undefined;
  counts: ReadonlyMap<string, number>;
  /** A line for each event, if requested. */
  trace: readonly string[];
}

/** Plays the schedule of a seed: trouble, then quiet. The same seed plays the same schedule. */
export async function simulate(
  seed: number,
  { trace = false, sabotage }: { trace?: boolean; sabotage?: Sabotage } = {},
): Promise<SimulationResult> {
  const world = new SimulatedWorld(seed, trace);
  sabotage?.(world);
  await play(world);
  const { violation, counts, trace: lines = [] } = world.seen;
  return { violation, counts, trace: lines };
}

async function play(world: SimulatedWorld): Promise<void> {
  const { random, clock, seen } = world;
  const graceful = random.chance(0.1);
  const endMs = random.between(TROUBLE_MS.least, TROUBLE_MS.most);
  const dayOff = new DayOff(!graceful && random.chance(0.06) ? endMs / 2 : Infinity);
  for (let count = 1 + random.below(3); count > 0; count -= 1) world.start();
  while (clock.now() < endMs && !seen.violation) {
    await clock.advance(random.between(50, 900));
    inspectBuffers(world);
    if (clock.now() > dayOff.atMs) await dayOff.take(world);
    else disturb(world, graceful);
  }
  if (seen.violation) return;
  calmDown(world);
  if (!(await within(world, LIVENESS_MS, () => drained(world)))) return;
  await inspectQuiet(world, graceful);
}

/** Checks that the memory of each shard stays within its bounds, whatever fails. */
function inspectBuffers({ running, seen }: SimulatedWorld): void {
  for (const { process, consumer } of running) {
    for (const { shardId, bufferedRecords = 0, inFlightRecords = 0 } of consumer.status().shards) {
      if (bufferedRecords <= settings.maxBufferedRecords && inFlightRecords <= settings.maxInFlight) continue;
      const held = `${bufferedRecords}, ${inFlightRecords} of them in flight`;
      seen.violate('buffers stay within their bounds', `${process.name} holds ${held} of ${shardId}`);
    }
  }
}

/** Ends all faults and makes sure that a process runs. */
function calmDown(world: SimulatedWorld): void {
  const { stream, weather, destination, random, running } = world;
  weather.rates = calm;
  destination.away = false;
  stream.inconsistent = false;
  stream.forgetful = false;
  for (const { process } of running) process.resume();
  if (world.alive.every(({ stopping }) => stopping)) world.start();
  if (random.chance(0.08)) {
    world.seen.note('stream_is_disabled');
    stream.disable();
  }
  world.seen.note('quiet');
}

/** Waits until nothing is missing; it is a violation if that takes too long. */
async function within(world: SimulatedWorld, ms: number, missingOf: () => string | undefined): Promise<boolean> {
  const endMs = world.clock.now() + ms;
  for (;;) {
    if (world.seen.violation) return false;
    const missing = missingOf();
    if (missing === undefined) return true;
    if (world.clock.now() >= endMs) {
      world.seen.violate('within 60 s of quiet all is owned and drained', missing);
      return false;
    }
    await world.clock.advance(STEP_MS);
  }
}
