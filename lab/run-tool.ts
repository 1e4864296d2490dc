import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { killRemaining, type WriteLine } from '../local/processes/supervised-process.ts';
import { CommandLineError } from './command-line.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const STOPPED = 130;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Runs a tool of the lab and exits with the code of `run`, with 2 when the arguments are wrong, or with 130 at a signal. All
 * processes that it started are killed.
 */
export async function runTool<Options>(
  read: (args: readonly string[]) => Options,
  run: (options: Options) => Promise<number>,
): Promise<void> {
  process.on('exit', killRemaining);
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      say('stopped: no result');
      process.exit(STOPPED);
    });
  }
  try {
    process.exit(await run(read(process.argv.slice(2))));
  } catch (error) {
    const { code, text } =
      error instanceof CommandLineError
        ? { code: error.code, text: error.message }
        : { code: 1, text: (error as Error).stack };
    (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
    process.exit(code);
  }
}

/** The folder `results` beside a tool. */
export class ResultFiles {
  private readonly folder: string;

  constructor(toolFolder: string) {
    this.folder = join(toolFolder, 'results');
    mkdirSync(this.folder, { recursive: true });
  }

  /** Writes a file and returns its path relative to the working directory. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return relative('', path);
  }

  writeJson(name: string, value: object): string {
    return this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Opens a file for the output of processes. */
  log(name: string): { write: WriteLine; path: string } {
    const path = join(this.folder, name);
    const file = createWriteStream(path);
    return { write: (process, line) => void file.write(`${process} | ${line}\n`), path: relative('', path) };
  }
}

/** The machine on which a result was measured. */
export function machineText(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const processor = cpus()[0]?.model ?? 'unknown';
  return `${processor}, ${availableParallelism()} cores, ${gigabytes} GB, Node ${process.versions.node}`;
}
