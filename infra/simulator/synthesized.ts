import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import cdk from '../cdk.json' with { type: 'json' };
import { createPlatform } from '../lib/platform.ts';
import { stages } from '../lib/stages.ts';
import type { Template } from './template.ts';

/** The templates of a stage, as `cdk synth` makes them: no account, no network, about 4 s. */
export function synthesizedTemplates(stage: string): Template[] {
  const config = stages[stage];
  if (!config) throw new Error(`expected a stage of ${Object.keys(stages).join(', ')}, got ${stage}`);
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-scaling-'));
  try {
    const app = new App({ outdir, context: cdk.context });
    createPlatform(app, config);
    return app
      .synth()
      .stacks.map(({ templateFullPath }) => JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
