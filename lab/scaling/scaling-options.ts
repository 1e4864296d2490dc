import { flag, oneOf, readCommandLine, CommandLineError } from '../command-line.ts';
import { profileNames } from './profiles.ts';

const choices = [...profileNames, 'all'] as const;
const usage = `type one of
${choices.map((name) => `  npm run simulate:scaling -- --profile ${name}`).join('\n')}
  npm run simulate:scaling -- --sensitivity
  npm run simulate:scaling -- --costs
--report builds a page with charts of each profile.`;

const options = { profile: oneOf(choices), report: flag, costs: flag, sensitivity: flag };

/** @throws CommandLineError that says what to type */
export function readOptions(args: readonly string[]) {
  return readCommandLine(args, { usage, options }, ({ profile, report, costs, sensitivity }) => {
    if ([profile, costs, sensitivity].filter(Boolean).length !== 1)
      throw new CommandLineError('expected one of --profile, --sensitivity and --costs');
    return {
      profiles: profileNames.filter((name) => profile === 'all' || profile === name),
      report,
      costs,
      sensitivity,
    };
  });
}
