import { appendFileSync, closeSync, fstatSync, fsyncSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../environment.ts';
import type { Responsibility } from '../tool.ts';
import { type Destination, summaryOf } from './dead-letter-message.ts';

/** Messages contain personal data. */
const OWNER_ONLY = 0o600;

/**
 * A file to which messages are appended, each as a line of JSON. A message has arrived when its line is on the disk, so each
 * line is written and synchronized before the message is deleted.
 *
 * @throws UsageError when the file cannot be written
 */
export function discardFile(path: string, source: Responsibility & { queue: string }): Destination {
  const file = openForAppending(path);
  return {
    async move(message) {
      const { Body, Attributes, MessageAttributes } = message.message;
      const line = { discardedAt: new Date().toISOString(), ...source, ...summaryOf(message) };
      endLastLine(file);
      appendFileSync(file, `${JSON.stringify({ ...line, Attributes, MessageAttributes, Body })}\n`);
      fsyncSync(file);
    },
  };
}

function openForAppending(path: string): number {
  try {
    const file = openSync(path, 'a+', OWNER_ONLY);
    // After a power failure, a new file is found only if its folder was synchronized as well.
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return file;
  } catch (error) {
    throw new UsageError(`cannot write to ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** A kill or a full disk may have cut the last line short. A message appended to it would not be JSON. */
function endLastLine(file: number): void {
  const { size } = fstatSync(file);
  if (size === 0) return;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  if (last.toString() !== '\n') appendFileSync(file, '\n');
}
