import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedApp } from '../lib/nag.ts';
import type { StageConfig } from '../lib/config.ts';
import { createPlatform } from '../lib/platform.ts';
import type { Template } from './template.ts';

/** The context of cdk.json, which CDK's own command reads. Without it the templates would differ. */
export const { context: cdkContext } = JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

/** The templates of a stage by stack name, without the prefix of the stage. */
export type Templates = Readonly<Record<string, Template>>;

/** Synthesizes a stage as `npm run synth` does. It takes about 2 s, so a test file does it once. */
export function synthesize(config: StageConfig): Templates {
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-synth-'));
  try {
    const app = checkedApp({ context: cdkContext, outdir });
    createPlatform(app, config);
    const stacks = app.synth().stacks.map(({ stackName, template }) => [stackName, template as Template] as const);
    return Object.fromEntries(stacks.map(([name, template]) => [shortName(name, config), normalised(template)]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function shortName(stackName: string, { stage }: StageConfig): string {
  return stackName.replace(`fargate-orders-${stage}-`, '');
}

/** Removes the digests of images, which change with every line of code. */
function normalised(template: Template): Template {
  return JSON.parse(JSON.stringify(template).replaceAll(/[0-9a-f]{64}/g, 'digest')) as Template;
}
