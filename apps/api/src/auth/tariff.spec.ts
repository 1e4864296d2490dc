import type { FastifyRequest } from 'fastify';
import { type Operation, unitsOf } from './tariff.ts';

const request = (headers: Record<string, string>, query = {}, body?: Buffer) =>
  ({ headers, query, body }) as unknown as FastifyRequest;

describe('the tariff', () => {
  it.each<[Operation, FastifyRequest, number]>([
    ['placeOrder', request({}), 1],
    ['placeOrder', request({ prefer: 'wait=10' }), 11],
    ['placeOrder', request({}, {}, Buffer.alloc(256 * 1_024)), 17],
    ['cancelOrder', request({ prefer: 'wait=3' }), 4],
    ['listOrders', request({}, { limit: '100' }), 5],
    ['listOrders', request({}, { status: 'CONFIRMED' }), 24],
    ['listOrders', request({}, { paymentReference: 'pi_3Nx' }), 24],
    ['listOrders', request({}, { invoiceNumber: 'INV-1' }), 5],
    ['getInvoice', request({ accept: 'application/json' }), 3],
    ['getInvoice', request({ accept: 'application/pdf' }), 23],
    ['getInvoice', request({ accept: 'application/json;q=0, */*' }), 23],
  ])('charges for %s (case %#) what it asks for', (operation, asked, units) => {
    expect(unitsOf(operation, asked)).toBe(units);
  });
});
