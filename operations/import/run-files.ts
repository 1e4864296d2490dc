import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../environment.ts';
import { readTyped } from '../tool.ts';
import type { Row } from './expressions.ts';
import type { ReadOrder } from './mapped-orders.ts';
import type { Mapping } from './mapping.ts';
import type { Position } from './source.ts';

/** What a pass has done with the orders of the source. Conflicts changed in the source after they had been changed here. */
export const NO_COUNTS = { rows: 0, orders: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, conflicts: 0 };
export type Counts = typeof NO_COUNTS;

interface Checkpoint {
  /** The source and a hash of the mapping. */
  of: string;
  position: Position;
  counts: Counts;
  rejectedBytes: number;
}

/** A line of the file of rejected orders, which `--rows` reads again. */
interface RejectedOrder {
  key: string;
  number: string;
  problems: string[];
  rows: Row[];
  /** Written by hand: the order is not to be imported. */
  leaveOut?: boolean;
}

export type RunFiles = ReturnType<typeof openRunFiles>;

/** The files of an import, which contain personal data. A killed pass continues at the checkpoint. */
export function openRunFiles(folder: string, sourceName: string, mapping: Mapping, isRestart: boolean) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const of = `${sourceName} ${createHash('sha256').update(mapping.text).digest('hex').slice(0, 16)}`;
  const [checkpointFile, rejectedFile] = [join(folder, 'checkpoint.json'), join(folder, 'rejected.ndjson')];
  const isUnfinished = existsSync(checkpointFile) && !isRestart;
  const found = isUnfinished ? (JSON.parse(readFileSync(checkpointFile, 'utf8')) as Checkpoint | null) : null;
  if (found && found.of !== of)
    throw new UsageError(
      `${folder} has an unfinished pass of another source or mapping: type --restart, or another --folder`,
    );
  const append = (text: string) => writeFileSync(rejectedFile, text, { flag: 'a', flush: true });
  return {
    checkpoint: found ?? undefined,
    rejectedFile,
    /** Lines after the checkpoint are written again. */
    start: () => {
      append('');
      truncateSync(rejectedFile, found?.rejectedBytes ?? 0);
    },
    reject: (rejected: readonly RejectedOrder[]) =>
      append(rejected.map((order) => `${JSON.stringify(order)}\n`).join('')),
    save: (checkpoint: Omit<Checkpoint, 'of' | 'rejectedBytes'>) =>
      replace(checkpointFile, { of, ...checkpoint, rejectedBytes: statSync(rejectedFile).size }),
    finish: () => replace(checkpointFile, null),
    keep: (name: string, document: unknown) => replace(join(folder, name), document),
  };
}

export function rejectedOf({ rows: { key, rows }, mapped: { number, problems } }: ReadOrder): RejectedOrder {
  const texts = problems.map(([problem, value]) => (value === undefined ? problem : `${problem} (${value})`));
  return { key, number, problems: texts, rows };
}

/** The orders of a file of rejected rows, by their keys. @throws UsageError for a line that is not one of them */
export function readRejected(file: string | undefined): ReadonlyMap<string, RejectedOrder> {
  const lines = file === undefined ? [] : readTyped(file).split('\n').filter(Boolean);
  return new Map(
    lines.map((line, index) => {
      try {
        const order = JSON.parse(line) as RejectedOrder;
        if (typeof order.key === 'string' && Array.isArray(order.rows)) return [order.key, order];
      } catch {}
      throw new UsageError(`${file}: line ${index + 1} must be a JSON object with key and rows`);
    }),
  );
}

/** After a kill the file is the old or the new one. */
function replace(file: string, document: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(document, undefined, 1)}\n`, { flush: true });
  renameSync(`${file}.new`, file);
}
