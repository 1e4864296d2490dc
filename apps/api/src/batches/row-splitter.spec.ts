import fc from 'fast-check';
import { ArraySplitter, LineSplitter, type RowText } from './row-splitter.ts';

/** The rows of a body that arrives in pieces of this many bytes. */
function rowsOf(splitter: LineSplitter | ArraySplitter, body: string | Buffer, pieceBytes = 1): RowText[] {
  const bytes = Buffer.from(body as string);
  const rows: RowText[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    rows.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  return [...rows, ...splitter.end()];
}

const texts = (rows: RowText[]) => rows.map((row) => ('text' in row ? row.text.toString().trim() : `! ${row.error}`));

describe('the splitters', () => {
  it('return the joined rows, whatever they contain and however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.json()),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (documents, pieceBytes, pretty) => {
          const values = documents.map((document) => JSON.parse(document) as unknown);
          const array = JSON.stringify(values, null, pretty ? 2 : 0);
          const fromArray = texts(rowsOf(new ArraySplitter(), array, pieceBytes)).map(
            (text) => JSON.parse(text) as unknown,
          );
          expect(fromArray).toEqual(values);
          const lines = values.map((value) => `${JSON.stringify(value)}\n`).join(pretty ? '\r\n' : '');
          const fromLines = texts(rowsOf(new LineSplitter(), lines, pieceBytes)).map(
            (text) => JSON.parse(text) as unknown,
          );
          expect(fromLines).toEqual(values);
        },
      ),
    );
  });

  it('skip a byte order mark on a line of its own', () => {
    expect(texts(rowsOf(new LineSplitter(), '\ufeff\n{"a":1}\n'))).toEqual(['{"a":1}']);
  });

  it('return a last line without a line feed', () => {
    expect(texts(rowsOf(new LineSplitter(), '{"a":1}\n\n{"b":2}'))).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('confine an invalid element to its own row', () => {
    expect(texts(rowsOf(new ArraySplitter(), '[{"a":x}, tru, , {"b":"],["}, ]'))).toEqual([
      '{"a":x}',
      'tru',
      '! an extra comma: an order is missing here',
      '{"b":"],["}',
      '! an extra comma: an order is missing here',
    ]);
  });

  it('keep an unmatched brace in its row', () => {
    expect(texts(rowsOf(new ArraySplitter(), '[{"a":1}},{"b":2}]'))).toEqual(['{"a":1}}', '{"b":2}']);
  });

  it('report text after the array', () => {
    const beyond = '! the array has ended: what follows was not read';
    expect(texts(rowsOf(new ArraySplitter(), '\uFEFF[1]\n[2, 3] x'))).toEqual(['1', beyond]);
  });

  it('report an array that was cut off', () => {
    expect(texts(rowsOf(new ArraySplitter(), '[{"a":1},{"b"'))).toEqual([
      '{"a":1}',
      '! the body ends before the array is closed: this order is incomplete',
    ]);
  });

  it('find nothing in an empty body, and no array where there is none', () => {
    expect(rowsOf(new LineSplitter(), ' \n')).toEqual([]);
    expect(rowsOf(new ArraySplitter(), ' [ ] ')).toEqual([]);
    expect(() => rowsOf(new ArraySplitter(), '{"a":1}')).toThrow('must be a JSON array');
    expect(() => rowsOf(new ArraySplitter(), '')).toThrow('must be a JSON array');
  });

  it('do not keep an order that is too large, and continue after it', () => {
    const large = `"${'x'.repeat(300_000)}"`;
    expect(texts(rowsOf(new ArraySplitter(), `[1,${large},2]`, 65_536))).toEqual([
      '1',
      '! the order is over 256 KB',
      '2',
    ]);
    expect(texts(rowsOf(new LineSplitter(), `1\n${large}\n2`, 65_536))).toEqual([
      '1',
      '! the order is over 256 KB',
      '2',
    ]);
  });
});
