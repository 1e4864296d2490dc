import { deadLetterBody, readDeadLetter } from './dead-letter-body.ts';

it('leaves the images out when the letter would be too large, and says so', () => {
  const record = { sequenceNumber: '1', eventId: 'e', eventName: 'INSERT' as const, itemKey: 'k', keys: {} };
  const letter = {
    shardId: 'A',
    code: 'SINK_REFUSED' as const,
    detail: 'too large',
    record: { ...record, newImage: { text: { S: 'x'.repeat(500) } } },
  };
  const body = deadLetterBody(letter, 500);
  expect(body.length).toBeLessThanOrEqual(500);
  expect(readDeadLetter(body)).toEqual({ ...letter, record, imagesLeftOut: true });
  const long = { ...letter, detail: 'r'.repeat(2_000) };
  expect(readDeadLetter(deadLetterBody(long, 2_000)).detail).toBe('r'.repeat(1_000));
  expect(readDeadLetter(deadLetterBody(letter, 1_000))).toEqual({ ...letter, imagesLeftOut: false });
});
