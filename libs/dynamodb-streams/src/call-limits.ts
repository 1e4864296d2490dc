import type { ChangeStream } from './change-stream.ts';
import type { Clock } from './clock.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { GroupLedger } from './group-ledger.ts';
import type { LeaseStore } from './lease-store.ts';
import type { Sink } from './sink.ts';
import { within } from './waiting.ts';

/*
 * The ports with a time limit on each call. A call that hangs, as SDK calls do that wait for a free socket
 * (aws-sdk-js-v3 #3722), becomes a failed call; every loop of the consumer knows how to deal with those.
 */

export function limitStream(stream: ChangeStream, clock: Clock, limitMs: number): ChangeStream {
  return {
    listShards: (query) => within(clock, limitMs, 'listShards', stream.listShards(query)),
    iterator: (shardId, position) => within(clock, limitMs, 'iterator', stream.iterator(shardId, position)),
    read: (iterator, limit) => within(clock, limitMs, 'read', stream.read(iterator, limit)),
  };
}

export function limitLeaseStore(store: LeaseStore, clock: Clock, limitMs: number): LeaseStore {
  const limited = <T>(what: string, call: Promise<T>) => within(clock, limitMs, `lease ${what}`, call);
  return {
    list: () => limited('list', store.list()),
    read: (shardId) => limited('read', store.read(shardId)),
    create: (shard) => limited('create', store.create(shard)),
    claim: (seen, owner, token) => limited('claim', store.claim(seen, owner, token)),
    renew: (hold) => limited('renew', store.renew(hold)),
    checkpoint: (hold, sequenceNumber) => limited('checkpoint', store.checkpoint(hold, sequenceNumber)),
    end: (hold, children) => limited('end', store.end(hold, children)),
    release: (hold) => limited('release', store.release(hold)),
    askHandOver: (seen, askedBy) => limited('askHandOver', store.askHandOver(seen, askedBy)),
    delete: (seen) => limited('delete', store.delete(seen)),
  };
}

export function limitLedger(ledger: GroupLedger, clock: Clock, limitMs: number): GroupLedger {
  const limited = <T>(what: string, call: Promise<T>) => within(clock, limitMs, `ledger ${what}`, call);
  return {
    begin: (start) => limited('begin', ledger.begin(start)),
    noteGap: (hold, gap) => limited('noteGap', ledger.noteGap(hold, gap)),
    gaps: () => limited('gaps', ledger.gaps()),
    parkedItems: () => limited('parkedItems', ledger.parkedItems()),
    park: (hold, item) => limited('park', ledger.park(hold, item)),
    follow: (hold, item) => limited('follow', ledger.follow(hold, item)),
    unpark: (item) => limited('unpark', ledger.unpark(item)),
  };
}

export function limitDeadLetters(deadLetters: DeadLetters, clock: Clock, limitMs: number): DeadLetters {
  return { send: (letter) => within(clock, limitMs, 'dead letters send', deadLetters.send(letter)) };
}

export function limitSink(sink: Sink, clock: Clock, limitMs: number): Sink {
  return {
    publish: async (record, permit) => {
      let waitedFor = true;
      // A record that still waits in the sink when its time is up must not be sent beside its next attempt.
      const ownPermit = { granted: () => waitedFor && permit.granted() };
      // Async, so that a sink may as well throw at once, or answer with no promise.
      const publish = async () => sink.publish(record, ownPermit);
      try {
        await within(clock, limitMs, 'publish', publish());
      } finally {
        waitedFor = false;
      }
    },
  };
}
