import { parseRecordBatchCommand } from './record-batch-command.ts';

const aCommand = (problem: object) => ({
  type: 'order-batch.record.v1',
  batchId: '9WVF684MTE7GGR38H0ZE7CHBP1',
  part: 1,
  rows: [{ row: 1, problem }],
  receivedAt: '2026-01-02T03:04:05.678Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

describe('parseRecordBatchCommand', () => {
  it('accepts the problem of a row unchanged', () => {
    const problem = { status: 400, detail: 'x', errors: [{ pointer: '/total', detail: null }] };
    expect(parseRecordBatchCommand(aCommand(problem)).rows).toEqual([{ row: 1, problem }]);
  });

  it.each([
    ['a huge number', { status: 1e33 }],
    ['one without end', { status: 400, errors: [{ deep: [JSON.parse('1e999') as number] }] }],
  ])('refuses a problem with %s, which the table would not accept', (_, problem) => {
    expect(() => parseRecordBatchCommand(aCommand(problem))).toThrow('/rows/0/problem has a number out of bounds');
  });
});
