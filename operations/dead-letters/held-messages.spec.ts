import type { SQS } from '@aws-sdk/client-sqs';
import { HeldMessages } from './held-messages.ts';

describe('HeldMessages', () => {
  it('ends soon when SQS does not answer: what is not given back reappears later', async () => {
    let given = 0;
    let received = 0;
    const sqs = {
      receiveMessage: async () => ({
        Messages: Array.from({ length: 10 }, () => ({ MessageId: String((received += 1)), ReceiptHandle: 'handle' })),
      }),
      changeMessageVisibilityBatch: async () => {
        given += 1;
        throw new Error('no answer, after four attempts of 15 s');
      },
    } as unknown as SQS;
    const held = new HeldMessages(sqs, 'queue');
    for (let times = 0; times < 3; times += 1) await held.receive(new AbortController().signal);
    await held.giveBack();
    expect(given).toBe(1);
  });
});
