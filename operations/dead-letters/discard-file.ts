import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Responsibility } from '../audit-log.ts';
import { UsageError } from '../usage-error.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { LetterMover } from './letter-run.ts';
import type { ParkedOrders } from './parked-orders.ts';

/** What the messages' own bodies hold is not for everybody. */
const OWNER_ONLY = 0o600;

/** A file that takes messages in, each whole, as a line of JSON. What is in it already stays. */
export class DiscardFile implements LetterMover {
  private readonly file: FileHandle;
  private readonly about: Responsibility & { queue: string };
  private readonly parked: ParkedOrders | undefined;
  /** The last line's; two at a time could mix. */
  private written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, about: DiscardFile['about'], parked: ParkedOrders | undefined) {
    this.file = file;
    this.about = about;
    this.parked = parked;
  }

  /**
   * @param parked for the relay's letters: an order whose last one was discarded flows again
   * @throws UsageError when the file can not be written
   */
  static async open(path: string, about: DiscardFile['about'], parked?: ParkedOrders): Promise<DiscardFile> {
    try {
      const file = await open(path, 'a+', OWNER_ONLY);
      await endLastLine(file);
      await keepName(path);
      return new DiscardFile(file, about, parked);
    } catch (error) {
      throw new UsageError(`can not write into ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Resolves when the disk has it. */
  async move(letter: DeadLetter): Promise<void> {
    const { message, record: _record, ...told } = letter;
    const { Body, Attributes, MessageAttributes } = message;
    const line = { discardedAt: new Date().toISOString(), ...this.about, ...told };
    await this.append(`${JSON.stringify({ ...line, Attributes, MessageAttributes, Body })}\n`);
    await this.parked?.unparkBehind(letter);
  }

  private append(line: string): Promise<void> {
    this.written = this.written.then(async () => {
      await this.file.appendFile(line);
      await this.file.sync();
    });
    return this.written;
  }

  hasReturned(): boolean {
    return false;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** A file that is new is found after a loss of power only if its folder was written too. */
async function keepName(path: string): Promise<void> {
  const folder = await open(dirname(path));
  await folder.sync();
  await folder.close();
}

/** A kill or a full disk may have cut the last line short; what follows would be no JSON with it. */
async function endLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer.toString() !== '\n') await file.appendFile('\n');
}
