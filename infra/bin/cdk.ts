// npm run synth, diff, deploy and destroy: runs CDK's command for one stage.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { cdkCommand } from '../lib/cdk-command.ts';
import type { StageConfig } from '../lib/config.ts';
import { deployError } from '../lib/placeholders.ts';
import { stages } from '../lib/stages.ts';

const cdk = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
const command = cdkCommand(process.argv.slice(2), Object.keys(stages));
const error = 'error' in command ? command.error : refusal(command);
if ('error' in command || error !== undefined) {
  console.error(error);
  process.exit(2);
}
// CDK starts the app with the first `node` in PATH; only the Node that runs this file is known to read TypeScript.
const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
const { status } = spawnSync(process.execPath, [cdk, ...command.args], {
  cwd: join(import.meta.dirname, '..'),
  env: { ...process.env, PATH },
  stdio: 'inherit',
});
process.exit(status ?? 1);

function refusal({ action, stage }: { action: string; stage: string }): string | undefined {
  return action === 'deploy' ? deployError(stages[stage] as StageConfig) : undefined;
}
