import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventConsumerNames } from '#libs/resources';
import { UsageError } from '../environment.ts';
import { readArguments } from './arguments.ts';

const NOW = new Date('2026-01-03T04:05:06.789Z');
const ID = '9WVF684MTE7GGR38H0ZE7CHBP1';
const OTHER = `${ID.slice(0, -1)}2`;
const read = (...args: string[]) => readArguments(args, NOW);

describe('the arguments of npm run relay:replay', () => {
  it('takes one service or all', () => {
    expect(read('--to', 'inventory', '--order', ID).consumers).toEqual(['inventory']);
    expect(read('--to', 'all', '--order', ID).consumers).toEqual(eventConsumerNames);
  });

  it('takes times with their zone, and days; the end is now by default', () => {
    const windowOf = (...args: string[]) => read('--to', 'all', ...args).window;
    expect(windowOf('--from', '2026-01-02T08:00+02:00', '--until', '2026-01-03')).toEqual({
      from: '2026-01-02T06:00:00.000Z',
      until: '2026-01-02T23:00:00.000Z',
    });
    expect(windowOf('--from', '2026-01-02')?.until).toBe(NOW.toISOString());
    expect(windowOf('--order', ID)).toBeUndefined();
  });

  it('refuses a day that does not exist', () => {
    expect(() => read('--to', 'all', '--from', '2025-02-30')).toThrow('--from must be a time');
    expect(() => read('--to', 'all', '--from', '2025-02-29T08:00Z')).toThrow(UsageError);
    expect(read('--to', 'all', '--from', '2024-02-29').window?.from).toBe('2024-02-28T23:00:00.000Z');
  });

  it("takes days in the seller's time zone, which a stage and the shell may set", () => {
    const fromOf = (...args: string[]) => read('--to', 'all', '--from', '2026-01-02', ...args).window?.from;
    expect(fromOf('--stage', 'production')).toBe('2026-01-01T23:00:00.000Z');
    const shell = process.env;
    process.env = { ...shell, SELLER_TIME_ZONE: 'America/New_York' };
    expect(fromOf()).toBe('2026-01-02T05:00:00.000Z');
    process.env = { ...shell, SELLER_TIME_ZONE: 'New York' };
    expect(() => fromOf()).toThrow('SELLER_TIME_ZONE must be the IANA name of a time zone');
    process.env = shell;
  });

  it('takes the orders of options and of a file, without duplicates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-options-'));
    const file = join(folder, 'orders');
    writeFileSync(file, `${ID}\r\n\n  ${OTHER}\n`);
    expect(read('--to', 'all', '--order', ID, '--orders', file).orderIds).toEqual([ID, OTHER]);
    rmSync(folder, { recursive: true });
  });

  it('gives each replay an id of its own, with its start time', () => {
    const ids = [1, 2].map(() => read('--to', 'all', '--order', ID).replay);
    expect(ids[0]).toMatch(/^20260103T040506Z-[0-9a-z]{6}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(read('--to', 'all', '--order', ID, '--replay', 'gap-1').replay).toBe('gap-1');
  });

  it.each([
    ['the service', ['--order', '9WVF684MTE7GGR38H0ZE7CHBP1'], 'Type --to inventory'],
    ['a service', ['--to', 'shipping', '--from', '2026-01-01'], 'there is no shipping'],
    ['which orders', ['--to', 'all'], 'Type --order ID, --orders FILE or --from TIME'],
    ['an order id', ['--to', 'all', '--order', 'x'], 'these are invalid: x'],
    ['a time', ['--to', 'all', '--from', 'yesterday'], '--from must be a time with its zone'],
    ['a zone', ['--to', 'all', '--from', '2026-01-01T08:00'], '--from must be a time with its zone'],
    ['a window', ['--to', 'all', '--from', '2026-01-02', '--until', '2026-01-01'], '--from must be before --until'],
    ['a rate', ['--to', 'all', '--from', '2026-01-02', '--rate', '0'], '--rate must be a number above 0'],
    ['a file', ['--to', 'all', '--orders', '/none'], 'cannot read /none'],
    ['an option', ['--to', 'all', '--form', '2026-01-02'], "Unknown option '--form'"],
    ['an id of a replay', ['--to', 'all', '--from', '2026-01-02', '--replay', 'a b'], '--replay takes 1 to 64'],
    ['a start', ['--to', 'all', '--until', '2026-01-02'], 'Type --from TIME beside --until'],
  ])('says what to type for %s', (_, args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
