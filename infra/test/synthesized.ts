import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib/core';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { checkedApp } from '../lib/nag.ts';
import type { StageConfig } from '../lib/config.ts';
import { createPlatform } from '../lib/platform.ts';
import type { Template } from './template.ts';

/** The context of cdk.json, which CDK's own command reads. Without it the templates would differ. */
const { context: cdkContext } = JSON.parse(readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

/** The templates of a stage by stack name, without the prefix of the stage. */
export type Templates = Readonly<Record<string, Template>>;

/** Synthesizes a stage with the checks of `npm run synth`: cdk-nag and the schemas of CloudFormation. */
export function synthesize(config: StageConfig): Templates {
  return synthesizeStage(config, checkedApp);
}

/** Synthesizes a stage without the checks, which take most of the time; for templates that `golden.spec.ts` checks. */
export function synthesizeUnchecked(config: StageConfig): Templates {
  return synthesizeStage(config, (props) => new App({ ...props, builtinCloudFormationValidation: false }));
}

function synthesizeStage(config: StageConfig, create: (props: AppProps) => App): Templates {
  const templates = Object.entries(synthesizeApp(create, (app) => createPlatform(app, config)));
  const prefix = `fargate-orders-${config.stage}-`;
  return Object.fromEntries(templates.map(([name, template]) => [name.replace(prefix, ''), normalised(template)]));
}

/** The templates of an app by stack name. The sources of the images are not copied, because no test reads them. */
export function synthesizeApp(create: (props: AppProps) => App, build: (app: App) => unknown): Templates {
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-synth-'));
  try {
    const app = create({ context: { ...cdkContext, [DISABLE_ASSET_STAGING_CONTEXT]: true }, outdir });
    build(app);
    return Object.fromEntries(app.synth().stacks.map(({ stackName, template }) => [stackName, template as Template]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Removes the digests of images, which change with every line of code. */
function normalised(template: Template): Template {
  return JSON.parse(JSON.stringify(template).replaceAll(/[0-9a-f]{64}/g, 'digest')) as Template;
}
