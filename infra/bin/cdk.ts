// npm run synth, diff, deploy and destroy: CDK's command, for one stage.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { cdkCommand } from '../lib/cdk-command.ts';
import type { StageConfig } from '../lib/config.ts';
import { deployFault } from '../lib/placeholders.ts';
import { stages } from '../lib/stages.ts';

const cdk = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
const command = cdkCommand(process.argv.slice(2), Object.keys(stages));
const fault = 'fault' in command ? command.fault : refusal(command);
if ('fault' in command || fault !== undefined) {
  console.error(fault);
  process.exit(2);
}
// CDK starts the app with the first `node` of the path, and only this one is sure to read TypeScript.
const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
const { status } = spawnSync(process.execPath, [cdk, ...command.args], {
  cwd: join(import.meta.dirname, '..'),
  env: { ...process.env, PATH },
  stdio: 'inherit',
});
process.exit(status ?? 1);

function refusal({ action, stage }: { action: string; stage: string }): string | undefined {
  return action === 'deploy' ? deployFault(stages[stage] as StageConfig) : undefined;
}
