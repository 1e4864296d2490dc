import { deadLetterBody, readDeadLetter } from './dead-letter-body.ts';

it('omits the images when the body would be too large, and marks that', () => {
  const record = { sequenceNumber: '1', eventId: 'e', eventName: 'INSERT' as const, itemKey: 'k', keys: {} };
  const deadLetter = {
    shardId: 'A',
    code: 'SINK_REFUSED' as const,
    detail: 'too large',
    record: { ...record, newImage: { text: { S: 'x'.repeat(500) } } },
  };
  const body = deadLetterBody(deadLetter, 500);
  expect(body.length).toBeLessThanOrEqual(500);
  expect(readDeadLetter(body)).toEqual({ ...deadLetter, record, imagesLeftOut: true });
  const long = { ...deadLetter, detail: 'r'.repeat(2_000) };
  expect(readDeadLetter(deadLetterBody(long, 2_000)).detail).toBe('r'.repeat(1_000));
  expect(readDeadLetter(deadLetterBody(deadLetter, 1_000))).toEqual({ ...deadLetter, imagesLeftOut: false });
});
