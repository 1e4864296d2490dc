import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { createPlatform } from '../../infra/lib/platform.ts';
import { stages } from '../../infra/lib/stages.ts';
import type { Template } from './template.ts';

/** The feature flags that the command line hands over too: without them the templates are others. */
function cdkContext(): Record<string, unknown> {
  const cdk = JSON.parse(readFileSync(join(import.meta.dirname, '../../infra/cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return cdk.context;
}

/** The templates of a stage, as `cdk synth` makes them: no account, no network, about 4 s. */
export function synthesizedTemplates(stage: string): Template[] {
  const config = stages[stage];
  if (!config) throw new Error(`expected a stage of ${Object.keys(stages).join(', ')}, got ${stage}`);
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-scaling-'));
  try {
    const app = new App({ outdir, context: cdkContext() });
    createPlatform(app, config);
    return app
      .synth()
      .stacks.map(({ templateFullPath }) => JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
