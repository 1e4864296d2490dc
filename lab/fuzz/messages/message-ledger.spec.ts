import { type Traces, verdictOf } from './message-ledger.ts';

const nothing: Traces = { orderIds: new Set(), commandIds: new Set(), batchParts: new Set(), deadLettered: new Map() };
const place = { messageId: 'm1', body: '{"type":"order.place.v1","orderId":"A"}' };
const change = { messageId: 'm2', body: '{"type":"order.change.v1","commandId":"C"}' };
const record = { messageId: 'm3', body: '{"type":"order-batch.record.v1","batchId":"B","part":2}' };

describe('the ledger of messages', () => {
  it('recognizes handled messages by their traces', () => {
    const traces = { ...nothing, orderIds: new Set(['A']), commandIds: new Set(['C']), batchParts: new Set(['B:2']) };
    expect(verdictOf([place, change, record], traces)).toEqual({
      handled: 3,
      deadLettered: 0,
      lost: [],
      withoutReason: [],
      failed: [],
    });
  });

  it('counts messages without any trace as lost', () => {
    const others = ['not JSON', 'null', '{}', '{"type":"order.place.v2","orderId":"A"}'].map((body, n) => ({
      messageId: `x${n}`,
      body,
    }));
    const traces = { ...nothing, orderIds: new Set(['A']) };
    expect(verdictOf([change, record, ...others], traces).lost).toEqual([change, record, ...others]);
  });

  it('requires a reason for each dead-lettered message', () => {
    const traces = {
      ...nothing,
      deadLettered: new Map([
        ['m1', { reason: 'MALFORMED_COMMAND', detail: '' }],
        ['m2', { reason: '', detail: '' }],
      ]),
    };
    expect(verdictOf([place, change], traces)).toMatchObject({ deadLettered: 2, lost: [], withoutReason: [change] });
  });

  it('finds messages on which the worker failed, except for those without a handler', () => {
    const traces = {
      ...nothing,
      deadLettered: new Map([
        ['m1', { reason: 'POISON', detail: 'TypeError: x is undefined' }],
        ['m2', { reason: 'POISON', detail: 'Error: no handler for commands of type "x"' }],
      ]),
    };
    expect(verdictOf([place, change], traces).failed).toEqual([{ message: place, how: 'TypeError: x is undefined' }]);
  });
});
