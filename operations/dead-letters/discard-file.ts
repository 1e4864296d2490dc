import { appendFileSync, closeSync, fstatSync, fsyncSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../environment.ts';
import type { Responsibility } from '../tool.ts';
import { type Destination, summaryOf } from './dead-letter-message.ts';

/** Not everybody may read what the messages say. */
const OWNER_ONLY = 0o600;

/**
 * A file that takes messages, each whole, as a line of JSON behind what is in it. A message has arrived when the disk has
 * its line, so each line is written and synchronized before anything else happens.
 *
 * @throws UsageError when the file cannot be written
 */
export function discardFile(path: string, act: Responsibility & { queue: string }): Destination {
  const file = openForAppending(path);
  return {
    async move(message) {
      const { Body, Attributes, MessageAttributes } = message.message;
      const line = { discardedAt: new Date().toISOString(), ...act, ...summaryOf(message) };
      endLastLine(file);
      appendFileSync(file, `${JSON.stringify({ ...line, Attributes, MessageAttributes, Body })}\n`);
      fsyncSync(file);
    },
  };
}

function openForAppending(path: string): number {
  try {
    const file = openSync(path, 'a+', OWNER_ONLY);
    // A new file is found after a loss of power only if its folder was written, too.
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return file;
  } catch (error) {
    throw new UsageError(`cannot write to ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** A kill or a full disk can have cut the last line short. What follows it on the same line would not be JSON. */
function endLastLine(file: number): void {
  const { size } = fstatSync(file);
  if (size === 0) return;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  if (last.toString() !== '\n') appendFileSync(file, '\n');
}
