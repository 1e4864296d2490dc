/** The actions that can be run for a stage. */
export const cdkActions = ['synth', 'diff', 'deploy', 'destroy'] as const;
export type CdkAction = (typeof cdkActions)[number];

/** The options of each action. Synthesis never looks anything up in an account. */
const OPTIONS: Readonly<Record<CdkAction, readonly string[]>> = {
  synth: ['--no-lookups', '--quiet'],
  diff: ['--no-lookups'],
  deploy: ['--all', '--no-lookups'],
  destroy: ['--all', '--no-lookups'],
};

/** Only synthesis has a default stage, because it changes nothing. */
const DEFAULT_STAGES: Partial<Record<CdkAction, string>> = { synth: 'dev' };

export type CdkCommand =
  { readonly action: CdkAction; readonly stage: string; readonly args: readonly string[] } | { readonly error: string };

/** The arguments for CDK's own command, or an error that says what to type instead. */
export function cdkCommand(typed: readonly string[], stages: readonly string[]): CdkCommand {
  const [action, ...rest] = typed;
  if (!isAction(action)) return { error: `expected one of ${cdkActions.join(', ')}, got ${action ?? 'nothing'}` };
  const { stage = DEFAULT_STAGES[action], others } = takeStage(rest);
  if (stage === undefined || !stages.includes(stage)) return { error: wrongStage(action, stage, stages) };
  const args = [action, '--context', `stage=${stage}`, '--no-notices', ...OPTIONS[action], ...others];
  return { action, stage, args };
}

function isAction(action: string | undefined): action is CdkAction {
  return cdkActions.some((known) => known === action);
}

function takeStage(args: readonly string[]): { stage: string | undefined; others: readonly string[] } {
  const position = args.findIndex((arg) => arg === '--stage' || arg.startsWith('--stage='));
  if (position === -1) return { stage: undefined, others: args };
  const [, inline] = (args[position] ?? '').split('=');
  const taken = inline === undefined ? 2 : 1;
  return { stage: inline ?? args[position + 1] ?? '', others: args.toSpliced(position, taken) };
}

function wrongStage(action: CdkAction, stage: string | undefined, stages: readonly string[]): string {
  const problem = stage === undefined ? 'which stage?' : `there is no stage "${stage}".`;
  return [`${problem} Type one of`, ...stages.map((known) => `  npm run ${action} -- --stage ${known}`)].join('\n');
}
