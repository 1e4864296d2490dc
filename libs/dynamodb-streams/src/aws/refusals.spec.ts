import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { refusedItemsOf } from './refusals.ts';

/** A transaction that DynamoDB cancels for these reasons, one for each item. */
function cancelled(...codes: string[]): Promise<never> {
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return Promise.reject(new TransactionCanceledException({ message: 'cancelled', CancellationReasons, $metadata: {} }));
}

// No emulator makes transactions conflict.
describe('refusedItemsOf', () => {
  it('returns the items that did not meet their conditions', async () => {
    expect([...(await refusedItemsOf(Promise.resolve())).keys()]).toEqual([]);
    expect([...(await refusedItemsOf(cancelled('ConditionalCheckFailed', 'None'))).keys()]).toEqual([0]);
    expect([...(await refusedItemsOf(cancelled('None', 'ConditionalCheckFailed'))).keys()]).toEqual([1]);
  });

  it.each([
    ['TransactionConflict', 'None'],
    ['TransactionConflict', 'ConditionalCheckFailed'],
    ['ThrottlingError', 'ConditionalCheckFailed'],
  ])('rethrows the error when the condition of one item was not checked: %s, %s', async (...codes) => {
    await expect(refusedItemsOf(cancelled(...codes))).rejects.toThrow('cancelled');
  });
});
