import { settings, type SimulatedWorld } from './simulated-world.ts';

const MOST_PROCESSES = 8;
const DAY_MS = 24 * 3_600_000;

/** An event, with its weight compared with the others. */
interface Disturbance {
  weight: number;
  happen: (world: SimulatedWorld) => void;
}

/** Events that also happen when nothing goes wrong. */
const ordinary: Disturbance[] = [
  { weight: 10, happen: (world) => world.putSome(1 + world.random.below(25)) },
  { weight: 2, happen: (world) => roll(world, 1) },
  { weight: 2, happen: (world) => roll(world, 2) },
  { weight: 1, happen: (world) => deploy(world) },
  { weight: 1, happen: (world) => scaleOut(world) },
  { weight: 1, happen: (world) => scaleIn(world) },
];

const trouble: Disturbance[] = [
  ...ordinary,
  { weight: 3, happen: (world) => world.weather.change() },
  { weight: 2, happen: (world) => crash(world) },
  { weight: 2, happen: (world) => pause(world) },
  { weight: 1, happen: (world) => pauseSender(world) },
  { weight: 1, happen: (world) => expireIterators(world) },
  { weight: 1, happen: (world) => outage(world) },
  { weight: 1, happen: (world) => muddle(world) },
  { weight: 1, happen: (world) => (world.poisonRate = world.random.chance(0.5) ? 0.04 : 0) },
  { weight: 1, happen: (world) => redrive(world) },
];

/** Draws one event and lets it happen. */
export function disturb(world: SimulatedWorld, graceful: boolean): void {
  const choice = graceful ? ordinary : trouble;
  let draw = world.random.between(
    0,
    choice.reduce((sum, { weight }) => sum + weight, 0),
  );
  for (const { weight, happen } of choice) {
    draw -= weight;
    if (draw < 0) return happen(world);
  }
}

/** A time, longer than records live, without any running process. */
export class DayOff {
  atMs: number;

  constructor(atMs: number) {
    this.atMs = atMs;
  }

  async take(world: SimulatedWorld): Promise<void> {
    this.atMs = Infinity;
    world.closed = true;
    world.seen.note('day_off');
    const paused = world.random.chance(0.3);
    for (const running of world.alive) {
      if (paused) running.process.pause();
      else world.crash(running);
    }
    world.putSome(world.random.below(20));
    await world.clock.advance(world.random.between(0.5, 1.5) * DAY_MS);
    world.putSome(world.random.below(20));
    if (world.random.chance(0.5)) roll(world, 1);
    await world.clock.advance(world.random.between(0.2, 1) * DAY_MS);
    world.stream.trim();
    world.closed = false;
    for (const { process } of world.running) process.resume();
    world.start();
  }
}

function roll(world: SimulatedWorld, children: 1 | 2): void {
  const shard = world.random.pick(world.stream.open);
  if (!shard || (children === 2 && world.stream.open.length > 6)) return;
  world.seen.note(children === 2 ? 'split' : 'rollover', '', shard.shardId);
  world.stream.roll(shard, children);
}

/** Replaces a process. */
function deploy(world: SimulatedWorld): void {
  const old = world.random.pick(world.alive);
  if (!old) return;
  if (world.random.chance(0.5)) world.start();
  void world.stop(old).then(() => world.alive.length === 0 && world.start());
}

function scaleOut(world: SimulatedWorld): void {
  const wanted = world.random.chance(0.2) ? MOST_PROCESSES : 1 + world.random.below(4);
  world.seen.note('scale_out');
  while (world.alive.length < wanted) world.start();
}

function scaleIn(world: SimulatedWorld): void {
  world.seen.note('scale_in');
  for (const running of world.alive.slice(1)) void world.stop(running);
}

function crash(world: SimulatedWorld): void {
  const running = world.random.pick(world.alive);
  if (!running) return;
  world.crash(running);
  if (world.alive.length === 0 || world.random.chance(0.7)) {
    world.clock.after(world.random.between(0, 3_000), () => world.start());
  }
}

function pause(world: SimulatedWorld): void {
  const running = world.random.pick(world.alive.filter(({ process }) => process.running));
  if (running) world.pause(running, world.random.between(100, 2.5 * settings.leaseDurationMs));
}

/** Pauses a process that has just sent a record. */
function pauseSender(world: SimulatedWorld): void {
  const sending = world.alive.find(
    ({ process }) => process.running && world.destination.waitedFor(process.name).length > 0,
  );
  if (sending) world.pause(sending, world.random.between(1, 2) * settings.leaseDurationMs);
}

function expireIterators(world: SimulatedWorld): void {
  world.seen.note('iterators_expire');
  world.stream.expireIterators();
}

function outage(world: SimulatedWorld): void {
  world.seen.note('outage');
  world.destination.away = true;
  world.clock.after(world.random.between(500, 6_000), () => (world.destination.away = false));
}

/** Listings and reads of the stream become incomplete. */
function muddle(world: SimulatedWorld): void {
  world.seen.note('muddle');
  world.stream.inconsistent = world.random.chance(0.7);
  world.stream.forgetful = world.random.chance(0.5);
}

function redrive(world: SimulatedWorld): void {
  void world.redriver.redrive();
}
