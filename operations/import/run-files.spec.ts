import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mapping } from './mapping.ts';
import { NO_COUNTS, openMemory, openRunFiles, readCorrections, rejectedOf } from './run-files.ts';

describe('the files of a pass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass-'));
  const file = join(folder, 'corrected.ndjson');
  const mapping = (text: string) => ({ text }) as Mapping;
  const source = { key: '7', rows: [{ id: '7', state: 'lost' }], position: ['7'] };
  const problems = [['status: is wrong'], ['status: is wrong']];
  const rejected = rejectedOf({ source, mapped: { number: '7', problems } as never });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('remember after a kill what the pass had read at its checkpoint', () => {
    const memory = openMemory(join(folder, 'memory.sqlite'));
    expect([memory.isNew('A-1'), memory.isNew('A-1'), memory.isNew('A-2')]).toEqual([true, false, true]);
    memory.save({ position: ['2'], counts: NO_COUNTS, rejectedBytes: 0 });
    expect(memory.isNew('A-3')).toBe(true);
    memory.close();
    const next = openMemory(join(folder, 'memory.sqlite'));
    expect(next.checkpoint).toMatchObject({ position: ['2'] });
    expect([next.isNew('A-1'), next.isNew('A-2'), next.isNew('A-3')]).toEqual([false, false, true]);
    next.close();
  });

  it('are those of one import at a time, and a pass of another source or mapping starts from the first row', () => {
    const files = openRunFiles(folder, 'orders', mapping('a'));
    files.reject([rejected]);
    expect(files.isNew('A-1')).toBe(true);
    files.save(['1'], NO_COUNTS);
    expect(() => openRunFiles(folder, 'orders', mapping('b'))).toThrow('database is locked');
    files.close();
    const other = openRunFiles(folder, 'orders', mapping('b'));
    expect([other.checkpoint, other.isNew('A-1'), readFileSync(other.rejectedFile, 'utf8')]).toEqual([
      undefined,
      true,
      '',
    ]);
    // It is killed before its first checkpoint.
    other.close();
    const first = openRunFiles(folder, 'orders', mapping('a'));
    expect([first.checkpoint, readFileSync(first.rejectedFile, 'utf8')]).toEqual([undefined, '']);
    first.finish();
  });

  it('are continued after somebody has moved the rejected orders away', () => {
    const files = openRunFiles(folder, 'orders', mapping('a'));
    files.reject([rejected]);
    files.save(['1'], NO_COUNTS);
    files.close();
    rmSync(files.rejectedFile);
    const next = openRunFiles(folder, 'orders', mapping('a'));
    expect([next.checkpoint?.position, readFileSync(next.rejectedFile, 'utf8')]).toEqual([['1'], '']);
    next.finish();
  });

  it('say which file cannot be used, and that the pass can continue', () => {
    const broken = join(folder, 'broken.sqlite');
    writeFileSync(broken, 'x'.repeat(1_000));
    expect(() => openMemory(broken)).toThrow(expect.objectContaining({ name: 'EnvironmentError' }));
    expect(() => openMemory(broken)).toThrow('broken.sqlite: file is not a database');
    const memory = openMemory(join(folder, 'closed.sqlite'));
    memory.close();
    expect(() => memory.isNew('A-1')).toThrow(expect.objectContaining({ name: 'EnvironmentError' }));
  });

  it('correct an order only as long as the source has the rows that were rejected', () => {
    expect(rejected.problems).toEqual(['status: is wrong']);
    writeFileSync(file, `${JSON.stringify({ ...rejected, rows: [{ id: '7', state: 'sent' }] })}\n`);
    const correctionOf = readCorrections(file);
    expect(correctionOf(source)?.rows).toEqual([{ id: '7', state: 'sent' }]);
    expect(correctionOf({ ...source, rows: [{ id: '7', state: 'back' }] })).toBeUndefined();
    expect(correctionOf({ ...source, key: '8' })).toBeUndefined();
  });

  it.each(['{', '7', '{"key":"1"}', '{"key":"1","rows":[null]}', '{"key":"1","rows":[]}'])(
    'refuse the correction %s',
    (line) => {
      writeFileSync(file, line);
      expect(() => readCorrections(file)).toThrow('line 1 must be a line of rejected.ndjson');
    },
  );
});
