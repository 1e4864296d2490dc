import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from './harness/log-lines.ts';
import { OrderChanges } from './harness/order-changes.ts';
import { type Relay, Relays } from './harness/relays.ts';
import { LONG_ROUNDS } from './harness/rounds.ts';
import type { SentMessage } from './harness/topic-recorder.ts';

/** Shorter than the default, except in long rounds. */
const LEASE_SECONDS = LONG_ROUNDS ? 10 : 5;
/** The promise. A dead owner's lease expires, and relays read the leases every 2 s: 18 s are left for a busy machine. */
const TAKE_OVER_MS = (LEASE_SECONDS + 20) * 1_000;
/** The relays that start one after the other, each when an owner was killed. */
const SUCCESSORS = LONG_ROUNDS ? ['relay-5', 'relay-6', 'relay-7'] : ['relay-5'];
/** Events after the last checkpoint: it comes after 100, 100 are in flight, and as many end while it is being saved. */
const REPEATED_AT_MOST = 300;

describe('three relays on one stream', () => {
  let relays: Relays;
  let changes: OrderChanges;

  beforeAll(async () => {
    relays = await Relays.prepare({ RELAY_LEASE_SECONDS: String(LEASE_SECONDS) });
    await Promise.all(['relay-1', 'relay-2', 'relay-3'].map((name) => relays.start(name)));
  });

  beforeEach(() => {
    const { dynamodb, aws } = relays;
    // At most fifty changes per second, to thirty orders at a time.
    const load = { writers: 30, changesOfEach: 20, pauseMs: 600 };
    changes = new OrderChanges(dynamodb, aws.resources.ordersTableName, load);
  });

  afterAll(() => relays.stop());

  it('releases the lease when the owner gets SIGTERM; the next relay loses, duplicates and reorders nothing', async () => {
    const owner = await underLoad();
    const claimed = nextClaim(owner);
    await relays.end(owner, 'SIGTERM');
    // An expired lease still names its owner, a released one does not.
    expect(await claimed).not.toHaveProperty('previousOwner');
    expect(owner.logs.lines.map(({ event }) => event)).toContain('lease_released');
    const sent = await allPublished();
    const pauseMs = pauseAround(sent, owner);
    report(`SIGTERM: ${pauseMs} ms between the last message of the old owner and the first of the new one`);
    // A relay repeats its own call if a busy machine answers too late; the topic drops that. The next relay repeats nothing.
    expect(duplicatesIn(sent).filter(({ deduplicationId }) => relaysOf(sent, deduplicationId).size > 1)).toEqual([]);
    await relays.start('relay-4');
  });

  it(`takes over within ${LEASE_SECONDS + 20} s when one owner after the other is killed, and loses and reorders nothing`, async () => {
    const killed: Relay[] = [];
    for (const successor of SUCCESSORS) {
      const owner = await underLoad();
      const claimed = nextClaim(owner);
      await relays.end(owner, 'SIGKILL');
      killed.push(owner);
      expect(await claimed).toHaveProperty('previousOwner');
      await relays.start(successor);
    }
    const sent = await allPublished();
    const pausesMs = killed.map((owner) => pauseAround(sent, owner));
    const duplicates = duplicatesIn(sent).length;
    report(`SIGKILL: ${pausesMs.join(', ')} ms until the next owner's first message`);
    report(
      `SIGKILL: ${duplicates} of ${sent.length} sent twice in ${killed.length} kills while relays were catching up`,
    );
    expect(Math.max(...pausesMs)).toBeLessThan(TAKE_OVER_MS);
    expect(duplicates).toBeLessThanOrEqual(killed.length * REPEATED_AT_MOST);
  }, 240_000);

  it('signs no publish when it wakes after being stopped for longer than its lease', async () => {
    const zombie = await underLoad();
    const claimed = nextClaim(zombie);
    const stoppedMs = Date.now();
    zombie.instance.signal('SIGSTOP');
    await claimed;
    const takenMs = Date.now();
    zombie.instance.signal('SIGCONT');
    await zombie.logs.find('lease lost', ({ event }) => event === 'lease_lost');
    const sent = await allPublished();
    expect(sent.some(({ relay, atMs }) => relay !== zombie.name && atMs > takenMs)).toBe(true);
    // A request that was signed before the stop may be on its way.
    const late = relays.topic.sentBy(zombie.name).filter(({ atMs }) => atMs >= takenMs);
    expect(late.filter(({ signedMs }) => !(signedMs <= stoppedMs))).toEqual([]);
  });

  /** The log line of the next claim of the lease by another relay. */
  function nextClaim(owner: Relay): Promise<LogLine> {
    const others = relays.running.filter((relay) => relay !== owner);
    return Promise.race(
      others.map(({ logs }) =>
        logs.find('lease claimed', ({ event }) => event === 'lease_claimed', { from: logs.lines.length }),
      ),
    );
  }

  /** The relay that owns the shard, once it has published events of this load. */
  async function underLoad(): Promise<Relay> {
    const from = relays.topic.sent.length;
    await until(() => relays.topic.sent.length > from + 200);
    return relays.owner();
  }

  /** Stops the load and waits until inventory has every change. Returns the messages that the topic accepted during the test. */
  async function allPublished(): Promise<SentMessage[]> {
    // The next owner must have something to publish.
    const owned = async () => relays.owner().catch(() => undefined);
    for (let owner = await owned(); !owner; owner = await owned()) await sleep(50);
    await changes.stop();
    for (const [orderId, version] of changes.versions) await relays.inventory.waitForEvents(orderId, version);
    for (const [orderId, version] of changes.versions) {
      const published = relays.inventory.events.filter(({ subject }) => subject === orderId);
      expect(published.map(({ data }) => data.order.version)).toEqual(versionsTo(version));
    }
    await relays.topic.answered();
    const sent = relays.topic.sent.filter(({ groupId }) => changes.versions.has(groupId));
    expectFirstsInOrder(sent, changes.versions);
    return sent;
  }
});

/** The first time that each version of an order was sent comes after that of the version before. */
function expectFirstsInOrder(sent: readonly SentMessage[], versions: ReadonlyMap<string, number>): void {
  const firsts = new Map<string, Set<number>>();
  for (const { groupId, deduplicationId } of sent) {
    const version = Number(deduplicationId.slice(groupId.length + 1));
    firsts.set(groupId, (firsts.get(groupId) ?? new Set()).add(version));
  }
  for (const [orderId, version] of versions) expect([...(firsts.get(orderId) ?? [])]).toEqual(versionsTo(version));
}

function versionsTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function duplicatesIn(sent: readonly SentMessage[]): SentMessage[] {
  const seen = new Set<string>();
  return sent.filter(({ deduplicationId }) => seen.has(deduplicationId) || !seen.add(deduplicationId));
}

/** The relays that sent this message. */
function relaysOf(sent: readonly SentMessage[], deduplicationId: string): Set<string> {
  return new Set(sent.filter((one) => one.deduplicationId === deduplicationId).map(({ relay }) => relay));
}

/** The time from the last message of the old owner to the next message of another relay. */
function pauseAround(sent: readonly SentMessage[], old: Relay): number {
  const last = sent.findLast(({ relay }) => relay === old.name)?.atMs ?? 0;
  return (sent.find(({ relay, atMs }) => relay !== old.name && atMs >= last)?.atMs ?? Infinity) - last;
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await sleep(20);
}

/** Prints a measured figure into the log of the run. */
function report(figure: string): void {
  process.stdout.write(`relay instances: ${figure}\n`);
}
