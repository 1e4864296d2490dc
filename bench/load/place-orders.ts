// Run as a process of its own: clients side by side on connections that stay open, each with a new order once its last
// one was answered, until so many were answered 202.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { EXAMPLE_ORDER } from '../../libs/orders/src/example-order.ts';

const url = new URL(process.env['LOAD_URL'] ?? '');
const orders = Number(process.env['LOAD_ORDERS']);
const clients = Number(process.env['LOAD_CLIENTS']);
const token = process.env['LOAD_TOKEN'] ?? '';

const agent = new Agent({ keepAlive: true, maxSockets: clients });
const body = JSON.stringify(EXAMPLE_ORDER);
const headers = {
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(body),
};

function placeOne(): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent, headers: { ...headers, 'idempotency-key': randomUUID() } });
    call.once('error', reject).once('response', (response) => {
      text(response).then((came) => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`expected 202, got ${response.statusCode}: ${came}`));
      }, reject);
    });
    call.end(body);
  });
}

let left = orders;
async function client(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await placeOne();
  }
}

process.once('disconnect', () => process.exit());
await Promise.all(Array.from({ length: clients }, client));
process.disconnect();
