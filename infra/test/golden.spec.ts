import { App, Stack } from 'aws-cdk-lib/core';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedApp } from '../lib/nag.ts';
import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplates } from './golden-templates.ts';
import { cdkContext, synthesize } from './synthesized.ts';

describe('the synthesized production, checked by cdk-nag and the schemas of CloudFormation', () => {
  const synthesized = synthesize(stages['production'] as StageConfig);

  it.each(Object.entries(goldenTemplates()))(
    'equals the committed template of %s (to update it: npm run golden)',
    (stack, golden) => {
      expect(synthesized[stack]).toEqual(golden);
    },
  );

  it('has no other stacks than the committed ones', () => {
    expect(Object.keys(synthesized).sort()).toEqual(Object.keys(goldenTemplates()).sort());
  });
});

describe('a synthesis', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-synth-'));
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  function synthesisOf(build: (stack: Stack) => void, name: string): () => void {
    const app: App = checkedApp({ context: cdkContext, outdir: join(outdir, name) });
    build(new Stack(app, name));
    return () => app.synth();
  }

  it('fails for a finding of cdk-nag that is not acknowledged', () => {
    expect(synthesisOf((stack) => new CfnBucket(stack, 'Bucket'), 'unsafe')).toThrow(/AwsSolutions-S10/);
  });

  it('fails for a property that CloudFormation does not know', () => {
    const queue = (stack: Stack) => {
      new CfnQueue(stack, 'Queue', { redriveAllowPolicy: {} }).addPropertyOverride('VisibilityTimeout', 'soon');
    };
    expect(synthesisOf(queue, 'wrong')).toThrow(/VisibilityTimeout/);
  });
});
