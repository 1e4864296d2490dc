// Packs, ships and delivers each confirmed order through the api. See README.md.
import { readOrderEvent } from '#libs/order-events';
import { OrdersClient } from '#libs/orders-client';
import { clientCredentials } from '../consumer/client-credentials.ts';
import { required, runSubscriber } from '../consumer/queue-consumer.ts';
import { carryOut, nextStep } from './warehouse.ts';

await runSubscriber('fulfillment', async ({ log }) => {
  const token = clientCredentials('fulfillment');
  // A missing token is an error of the start, not of each message.
  await token(false);
  // The queue hides a received message for 30 s: after that, it would be taken twice at the same time.
  const client = new OrdersClient({ url: required('API_URL'), token, retry: { totalMs: 25_000 } });
  return async ({ Body: body = '' }) => {
    const { order, orderId, version } = readOrderEvent(body);
    const step = nextStep(order);
    if (!step) return;
    const refusal = await carryOut(client, order, step);
    const fields = { orderId, version, command: step.command };
    if (refusal === undefined) log('step_done', fields);
    else log('step_refused', { ...fields, reason: refusal });
  };
});
