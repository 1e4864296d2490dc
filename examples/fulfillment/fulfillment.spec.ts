import { readOrderEvent } from '#libs/order-events';
import { exampleBody, SubscriberRun } from '../testing/subscriber-run.ts';
import { nextStep } from './warehouse.ts';

describe('the next step of the warehouse', () => {
  const orderOf = (event: string) => readOrderEvent(exampleBody(event)).order;

  it.each([
    ['confirmed', { command: 'startFulfillment' }],
    ['fulfillment_started', { command: 'createShipment', body: { items: [{ lineNumber: 1, quantity: 2 }] } }],
    ['partially_shipped', { command: 'createShipment', body: { items: [{ lineNumber: 1, quantity: 1 }] } }],
    ['shipped', { command: 'deliverShipment', shipmentId: '1' }],
  ])('after %s is %j', (event, step) => {
    expect(nextStep(orderOf(event))).toMatchObject(step);
  });

  it.each(['awaiting_approval', 'cancelled', 'rejected', 'delivered', 'return_requested'])(
    'is none after %s',
    (event) => {
      const order = { ...orderOf(event), shipments: orderOf('delivered').shipments };
      expect(nextStep(order)).toBeUndefined();
    },
  );
});

describe('fulfillment', () => {
  let run: SubscriberRun;

  beforeAll(async () => {
    run = await SubscriberRun.start('fulfillment');
  });

  afterAll(() => run[Symbol.asyncDispose]());

  it.each([
    ['', 'TOKEN_URL must be set: see the README in this folder'],
    ['http://127.0.0.1:1/token', 'no token from http://127.0.0.1:1/token: '],
  ])('says what is wrong with its token, and ends, if TOKEN_URL is %j', async (url, reason) => {
    const failed = await run.failedStart({ API_URL: 'http://127.0.0.1:1', TOKEN_URL: url });
    expect(failed).toEqual({ exit: 'exited with code 1', reason: expect.stringContaining(reason) });
  });
});
