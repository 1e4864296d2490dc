// Reserves the goods of each order, and says what is short. See README.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrderEvent } from '#libs/order-events';
import { required, runSubscriber } from '../consumer/queue-consumer.ts';
import { SqlStore } from '../consumer/sql-store.ts';
import { takeMessage } from './reserved-goods.ts';
import { Stock } from './stock.ts';

await runSubscriber('inventory', ({ log }) => {
  const received = readFileSync(process.env['STOCK'] || join(import.meta.dirname, 'stock.json'), 'utf8');
  const stock = new Stock(required('DATABASE'), JSON.parse(received) as Record<string, number>);
  const store = new SqlStore(stock.pool);
  return async ({ Body: body = '' }) => {
    const outcome = await takeMessage(body, store);
    const { orderId, version } = readOrderEvent(body);
    log(`event_${outcome}`, { orderId, version });
    if (outcome === 'skipped') return;
    for (const { sku, onHand, reserved, short } of stock.ofOrder(orderId)) {
      log(short > 0 ? 'goods_short' : 'goods_reserved', { orderId, sku, onHand, reserved, short });
    }
  };
});
