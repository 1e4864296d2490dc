import { userInfo } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Environment, EnvironmentError, openEnvironment, UsageError } from './environment.ts';
import { printable, say, textOf } from './terminal.ts';

/** What a tool prints at its end. */
export interface Answer {
  text: string;
  /** Printed instead of the text with `--json`. */
  document: unknown;
  /** False: something was not done. */
  complete?: boolean;
}

export interface Tool<Arguments> {
  usage: string;
  readArguments(args: readonly string[]): Arguments;
  /** Ends soon after the signal aborts, with what came of it so far. */
  run(environment: Environment, typed: Arguments, signal: AbortSignal): Promise<Answer>;
}

/**
 * Runs a tool in the environment that was typed. The process exits with 0 when all was done, 1 when something was not, 2
 * when it was typed wrong, 130 when it was interrupted.
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

/** Ctrl-C ends a tool soon. A reader that goes away, such as `head`, does not: it leaves no work half done. */
function endingOnSignals(): AbortController {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      say('stopping: what has begun is finished');
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

/** What AWS answers, for example that the role may not do it, needs no stack. */
function failureText(error: unknown, environment: Environment | undefined): string {
  if (error instanceof EnvironmentError) return error.message;
  if (error instanceof Error && '$metadata' in error) return `${error.name}: ${textOf(error)}; ${environment?.hint}`;
  return String((error as Error).stack ?? error);
}

/** The typed options and words. @throws UsageError for an option that there is not, or one without its value */
export function parsed<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

export type Responsibility = ReturnType<typeof responsibility>;

/** Who changes something, `--by` or else the user of this machine, and why. @throws UsageError without a reason */
export function responsibility(typed: { by?: string | undefined; why?: string | undefined }) {
  const why = typed.why?.trim();
  if (!why) throw new UsageError('this changes something, so the log needs a reason: type --why "what for"');
  return { by: typed.by?.trim() || userInfo().username, why };
}
