import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EnvironmentError, UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import type { Row } from './expressions.ts';
import type { Mapping } from './mapping.ts';
import type { OrderRows, Position, ReadOrder } from './source.ts';

/** What a pass has done with the orders of the source. Conflicts changed in the source after they had been changed here. */
export const NO_COUNTS = { rows: 0, orders: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, conflicts: 0 };
export type Counts = typeof NO_COUNTS;

interface Checkpoint {
  position: Position;
  counts: Counts;
  rejectedBytes: number;
}

/** A line of the file of rejected orders, which `--rows` reads again. */
interface RejectedOrder {
  key: string;
  /** A hash of the rows as they were read. */
  hash: string;
  number: string;
  problems: string[];
  rows: Row[];
  /** Written by hand: the order is not to be imported. */
  leaveOut?: boolean;
}

/**
 * What a pass remembers on disk: the texts that it has seen, and a checkpoint. A kill leaves both as they were at the last
 * checkpoint. The memory of another pass is emptied.
 * @param file without it, a temporary file
 */
export function openMemory(file = '', pass = '') {
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (cause) {
      const problem = `${file || 'a temporary file'}: ${(cause as Error).message}`;
      const help = 'Is there space, and no other import in the folder? The same command continues';
      throw new EnvironmentError(`${problem}. ${help}; without the file, it starts from the first row`, { cause });
    }
  };
  return attempt(() => {
    const database = new DatabaseSync(file);
    database.exec(`BEGIN EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS seen (text TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS checkpoint (pass TEXT PRIMARY KEY, document TEXT)`);
    const insert = database.prepare('INSERT OR IGNORE INTO seen VALUES (?)');
    const replace = database.prepare('REPLACE INTO checkpoint VALUES (?, ?)');
    const found = database.prepare('SELECT document FROM checkpoint WHERE pass = ?').get(pass);
    if (!found) database.exec('DELETE FROM seen; DELETE FROM checkpoint; COMMIT; BEGIN EXCLUSIVE');
    return {
      isNew: (text: string) => attempt(() => insert.run(text).changes === 1),
      checkpoint: found && (JSON.parse(String(found['document'])) as Checkpoint),
      save: (checkpoint: Checkpoint) =>
        attempt(() => {
          replace.run(pass, JSON.stringify(checkpoint));
          database.exec('COMMIT; BEGIN EXCLUSIVE');
        }),
      close: () => database.close(),
    };
  });
}

export type RunFiles = ReturnType<typeof openRunFiles>;

/** The files of an import, which contain personal data. A killed pass of the same source and mapping continues at its checkpoint. */
export function openRunFiles(folder: string, sourceName: string, mapping: Mapping) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const passFile = join(folder, 'pass.sqlite');
  const rejectedFile = join(folder, 'rejected.ndjson');
  const { checkpoint, isNew, save, close } = openMemory(passFile, hashOf([sourceName, mapping.text]));
  const append = (text: string) => writeFileSync(rejectedFile, text, { flag: 'a', flush: true });
  append('');
  // Lines after the checkpoint are written again.
  truncateSync(rejectedFile, Math.min(checkpoint?.rejectedBytes ?? 0, statSync(rejectedFile).size));
  return {
    checkpoint,
    rejectedFile,
    isNew,
    reject: (rejected: readonly RejectedOrder[]) =>
      append(rejected.map((order) => `${JSON.stringify(order)}\n`).join('')),
    save: (position: Position, counts: Counts) =>
      save({ position, counts, rejectedBytes: statSync(rejectedFile).size }),
    close,
    finish: () => {
      close();
      rmSync(passFile);
    },
  };
}

/** Writes a file. After a kill, it is the old or the new one. */
export function keepFile(folder: string, name: string, document: unknown): void {
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(document, undefined, 1)}\n`, { flush: true });
  renameSync(`${file}.new`, file);
}

export function rejectedOf({ source: { key, rows }, mapped: { number, problems } }: ReadOrder): RejectedOrder {
  const texts = problems.map(([problem, value]) => (value === undefined ? problem : `${problem} (${value})`));
  return { key, hash: hashOf(rows), number, problems: [...new Set(texts)], rows };
}

/**
 * Reads a file of rejected orders that were corrected. A correction is only for the rows from which it was made: other rows can have
 * their place in a newer file, and an order can change in the shop.
 * @throws UsageError for a line that is not one of them
 */
export function readCorrections(file: string | undefined): (order: OrderRows) => RejectedOrder | undefined {
  const lines = file === undefined ? [] : readTyped(file).split('\n').filter(Boolean);
  const orders = new Map(
    lines.map((line, index) => {
      try {
        const order = JSON.parse(line) as RejectedOrder;
        if (order.key && order.hash && order.rows.every((row) => typeof row === 'object' && row))
          return [order.key, order];
      } catch {}
      throw new UsageError(`${file}: line ${index + 1} must be a line of rejected.ndjson, with its key, hash and rows`);
    }),
  );
  return ({ key, rows }) => {
    const correction = orders.get(key);
    return correction && correction.hash === hashOf(rows) ? correction : undefined;
  };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
