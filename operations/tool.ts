import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Environment, EnvironmentError, openEnvironment, UsageError } from './environment.ts';
import { printable, say, textOf } from './terminal.ts';

/** The result that a tool prints. */
export interface Answer {
  text: string;
  /** With `--json`, printed instead of the text. */
  document: unknown;
  /** False when something was not done. */
  complete?: boolean;
}

export interface Tool<Arguments> {
  usage: string;
  readArguments(args: readonly string[]): Arguments;
  /** Ends soon after the signal aborts, with the result so far. */
  run(environment: Environment, typed: Arguments, signal: AbortSignal): Promise<Answer>;
}

/**
 * Runs a tool in the environment of its arguments. The process exits with 0 when everything was done, 1 when something was
 * not, 2 when the arguments are wrong, 130 when it was interrupted.
 */
export async function runTool<Arguments extends { stage?: string | undefined; json?: boolean | undefined }>(
  tool: Tool<Arguments>,
): Promise<void> {
  const { signal } = endingOnSignals();
  const args = process.argv.slice(2);
  let environment: Environment | undefined;
  try {
    if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(`${tool.usage}\n`);
    const typed = tool.readArguments(args);
    environment = openEnvironment(typed.stage);
    const { text, document, complete = true } = await tool.run(environment, typed, signal);
    process.stdout.write(`${typed.json ? JSON.stringify(document) : printable(text)}\n`);
    process.exitCode = complete ? 0 : 1;
  } catch (error) {
    say(error instanceof UsageError ? `${error.message}\n\n${tool.usage}` : failureText(error, environment));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  } finally {
    environment?.destroy();
  }
  if (signal.aborted) process.exitCode = 130;
}

/** Ctrl-C ends a tool soon. A closed output, as with `head`, does not end it, so that no work is left half done. */
function endingOnSignals(): AbortController {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      say('stopping after the work that has started');
      interrupted.abort();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return interrupted;
}

/** An error that AWS answered, for example a missing permission, or that a file has caused, is printed without a stack. */
function failureText(error: unknown, environment: Environment | undefined): string {
  if (error instanceof EnvironmentError) return error.message;
  if (error instanceof Error && '$metadata' in error) return `${error.name}: ${textOf(error)}; ${environment?.hint}`;
  if (error instanceof Error && 'syscall' in error) return error.message;
  return String((error as Error).stack ?? error);
}

/** Parses options and words. @throws UsageError for an unknown option, or an option without its value */
export function parsed<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** The text of a file that the operator named. @throws UsageError when it cannot be read */
export function readTyped(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

export type Responsibility = ReturnType<typeof responsibility>;

/** Who makes a change (`--by`, or else the user of this machine) and why. @throws UsageError without a reason */
export function responsibility(typed: { by?: string | undefined; why?: string | undefined }) {
  const why = typed.why?.trim();
  if (!why) throw new UsageError('the log needs a reason for this change: type --why "what for"');
  return { by: typed.by?.trim() || userInfo().username, why };
}
