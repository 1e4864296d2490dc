import { Relays } from './harness/relays.ts';
import { endedLeaseTests } from './shared/ended-leases.ts';
import { poisonRecordTests } from './shared/poison-record.ts';
import { quarantinedRecordTests } from './shared/quarantined-records.ts';

/** Tests of a relay by records that no worker writes. They share one table and one relay. */
describe('a shared relay', () => {
  let relays: Relays;
  const running = () => relays;

  beforeAll(async () => {
    relays = await Relays.prepare();
  });

  afterAll(() => relays.stop());

  // First: it starts the relay.
  describe('the lease of a shard that has left the stream', () => endedLeaseTests(running));
  describe('records that the relay has quarantined', () => quarantinedRecordTests(running));
  // Last: it restarts the relay.
  describe('a record from which no event can be made', () => poisonRecordTests(running));
});
