import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../environment.ts';
import type { Row } from './expressions.ts';
import type { MappedOrder, Mapping } from './mapping.ts';
import type { OrderRows, Position } from './source.ts';

/** What a pass has done with the orders of the source. */
export interface Counts {
  rows: number;
  orders: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: number;
  /** Orders that changed in the source after somebody had changed them here. */
  conflicts: number;
}

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

/** The files of an import: a killed pass continues at the checkpoint. */
export function openRunFiles(folder: string, sourceName: string, mapping: Mapping, isRestart: boolean) {
  mkdirSync(folder, { recursive: true });
  const of = `${sourceName} ${createHash('sha256').update(mapping.text).digest('hex').slice(0, 16)}`;
  const [checkpointFile, rejectedFile] = [join(folder, 'checkpoint.json'), join(folder, 'rejected.ndjson')];
  const found =
    existsSync(checkpointFile) && !isRestart
      ? (JSON.parse(readFileSync(checkpointFile, 'utf8')) as Checkpoint | null)
      : null;
  if (found && found.of !== of)
    throw new UsageError(`${folder} has an unfinished pass of ${found.of}: type --restart, or another --folder`);
  return {
    checkpoint: found ?? undefined,
    rejectedFile,
    /** Lines after the checkpoint are written again. */
    start: () => {
      closeSync(openSync(rejectedFile, 'a'));
      truncateSync(rejectedFile, found?.rejectedBytes ?? 0);
    },
    reject: (rejected: readonly RejectedOrder[]): void => append(rejectedFile, rejected),
    save: (checkpoint: Omit<Checkpoint, 'of' | 'rejectedBytes'>): void =>
      replace(checkpointFile, { of, ...checkpoint, rejectedBytes: statSync(rejectedFile).size }),
    finish: (): void => replace(checkpointFile, null),
    keep: (name: string, document: unknown): void => replace(join(folder, name), document),
  };
}

export function rejectedOf({ key, rows }: OrderRows, { number, problems }: MappedOrder): RejectedOrder {
  return {
    key,
    number,
    problems: problems.map(([problem, value]) => (value === undefined ? problem : `${problem} (${value})`)),
    rows,
  };
}

/** The orders of a file of rejected rows, by their keys. @throws UsageError for a line that is not one of them */
export function readRejected(file: string | undefined): ReadonlyMap<string, RejectedOrder> {
  const lines = file === undefined ? [] : readFileSync(file, 'utf8').split('\n').filter(Boolean);
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

function append(file: string, documents: readonly unknown[]): void {
  if (documents.length > 0) written(file, 'a', documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
}

/** After a kill the file is the old or the new one. */
function replace(file: string, document: unknown): void {
  written(`${file}.new`, 'w', `${JSON.stringify(document, undefined, 1)}\n`);
  renameSync(`${file}.new`, file);
}

function written(file: string, flags: string, text: string): void {
  const descriptor = openSync(file, flags);
  writeSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
