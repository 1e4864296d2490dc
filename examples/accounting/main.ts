// Keeps a journal with one entry for each invoice and each credit note. See README.md.
import { applyIfNewer, readOrderEvent } from '#libs/order-events';
import { required, runSubscriber } from '../consumer/queue-consumer.ts';
import { SqlStore } from '../consumer/sql-store.ts';
import { SqlitePool } from '../consumer/sqlite-pool.ts';
import { type Entry, post, SCHEMA } from './journal.ts';

await runSubscriber('accounting', ({ log }) => {
  const store = new SqlStore(new SqlitePool(required('DATABASE'), SCHEMA));
  return async ({ Body: body = '' }) => {
    const received = readOrderEvent(body);
    const { orderId, version } = received;
    let posted: Entry[] = [];
    const outcome = await applyIfNewer(received, store, async (client) => {
      posted = await post(client, received);
    });
    log(`event_${outcome}`, { orderId, version });
    for (const { document, amounts } of posted) log('entry_posted', { orderId, document, total: amounts.receivables });
  };
});
