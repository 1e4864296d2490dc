import { AnswerReader } from './answer-reader.ts';

const ANSWERS = [
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nX: 1\r\nx: 2\r\n\r\n',
].join('');

function read(pieces: readonly string[]): (readonly [number, string])[] {
  const reader = new AnswerReader();
  const answers: (readonly [number, string])[] = [];
  for (const piece of pieces) {
    reader.push(Buffer.from(piece));
    for (let answer = reader.next(false, false); answer; answer = reader.next(false, false)) {
      answers.push([answer.status, answer.body.toString()]);
    }
  }
  return answers;
}

describe('AnswerReader', () => {
  it.each([1, 2, 7, 1_000])('reads answers in pieces of %d bytes', (size) => {
    const pieces = Array.from({ length: Math.ceil(ANSWERS.length / size) }, (_, n) =>
      ANSWERS.slice(n * size, (n + 1) * size),
    );
    expect(read(pieces)).toEqual([
      [200, '{}'],
      [404, 'abcd'],
      [204, ''],
    ]);
  });

  it('throws for bytes that are not HTTP', () => {
    expect(() => read(['nonsense\r\n\r\n'])).toThrow('expected a status line');
  });
});
