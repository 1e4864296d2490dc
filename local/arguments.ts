import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The exit code of wrong arguments. */
const WRONG_USAGE = 2;

/** Reads the arguments of a command. Ends the process after `--help`, and with the mistake and code 2 after wrong ones. */
export function readArguments<const Config extends ParseArgsConfig>(usage: string, config: Config) {
  if (process.argv.slice(2).includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return failUsage((error as Error).message, usage);
  }
}

export function failUsage(mistake: string, usage: string): never {
  console.error(`${mistake}\n${usage}`);
  process.exit(WRONG_USAGE);
}
