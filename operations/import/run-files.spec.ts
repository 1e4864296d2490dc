import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mapping } from './mapping.ts';
import { NO_COUNTS, openMemory, openRunFiles, readCorrections, rejectedOf } from './run-files.ts';

describe('the files of a pass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pass-'));
  const file = join(folder, 'corrected.ndjson');
  const mapping = (text: string) => ({ text }) as Mapping;
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

  it('are those of one import at a time, of one source and mapping', () => {
    const files = openRunFiles(folder, 'orders', mapping('a'));
    files.save(['1'], NO_COUNTS);
    expect(() => openRunFiles(folder, 'orders', mapping('a'))).toThrow('database is locked');
    expect(openRunFiles(folder, 'orders', mapping('b')).checkpoint).toBeUndefined();
    files.finish();
    expect(openRunFiles(folder, 'orders', mapping('a')).checkpoint).toBeUndefined();
  });

  it('correct an order only as long as the source has the rows that were rejected', () => {
    const source = { key: '7', rows: [{ id: '7', state: 'lost' }], position: ['7'] };
    const rejected = rejectedOf({ source, mapped: { number: '7', problems: [['status: is wrong']] } as never });
    writeFileSync(file, `${JSON.stringify({ ...rejected, rows: [{ id: '7', state: 'sent' }] })}\n`);
    const correctionOf = readCorrections(file);
    expect(correctionOf(source)?.rows).toEqual([{ id: '7', state: 'sent' }]);
    expect(correctionOf({ ...source, rows: [{ id: '7', state: 'back' }] })).toBeUndefined();
    expect(correctionOf({ ...source, key: '8' })).toBeUndefined();
  });

  it.each(['{', '7', '{"key":"1"}', '{"key":"1","rows":[null]}'])('refuse the correction %s', (line) => {
    writeFileSync(file, line);
    expect(() => readCorrections(file)).toThrow('line 1 must be a line of rejected.ndjson');
  });
});
