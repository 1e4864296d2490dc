import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib/core';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { acknowledge, checkedApp } from '../lib/nag.ts';
import { list, object } from './rule.ts';
import { cdkContext } from './synthesized.ts';
import type { Properties, Template } from './template.ts';

/** Intended patterns: CDK's roles in every region, because the firewall is in us-east-1, and all stacks of the stage. */
const PATTERNS = [
  ...['deploy', 'file-publishing', 'image-publishing'].map(
    (role) => `iam::<AWS::AccountId>:role/cdk-hnb659fds-${role}-role-<AWS::AccountId>-*`,
  ),
  'cloudformation:*:<AWS::AccountId>:stack/fargate-orders-<Stage>-*/*',
];

/** The template of the workflows' roles, checked by CloudFormation's schemas and cdk-nag. */
function rolesTemplate(): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-synth-'));
  try {
    const app = checkedApp({ context: cdkContext, outdir });
    const stack = new Stack(app, 'github-roles');
    new CfnInclude(stack, 'Roles', { templateFile: join(import.meta.dirname, '../github/github-roles.yml') });
    for (const pattern of PATTERNS) acknowledge(stack, `IAM5[Resource::arn:<AWS::Partition>:${pattern}]`, 'Intended');
    return app.synth().getStackByName('github-roles').template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function roleOf({ Resources }: Template, id: string): { subject: unknown; statements: Properties[] } {
  const { AssumeRolePolicyDocument, Policies } = object(Resources[id]?.Properties);
  const [trust] = list(object(AssumeRolePolicyDocument)['Statement']);
  const condition = object(object(object(trust)['Condition'])['StringEquals']);
  expect(condition['token.actions.githubusercontent.com:aud']).toBe('sts.amazonaws.com');
  const documents = list(Policies).map((policy) => object(object(policy)['PolicyDocument']));
  return {
    subject: condition['token.actions.githubusercontent.com:sub'],
    statements: documents.flatMap((document) => list(document['Statement']).map(object)),
  };
}

describe("the roles of GitHub's workflows", () => {
  const template = rolesTemplate();

  it("deploy: only jobs of the stage's environment, only through CDK's deploying and publishing roles, not its lookup role", () => {
    const { subject, statements } = roleOf(template, 'DeployRole');
    expect(subject).toEqual({ 'Fn::Sub': 'repo:${Repository}:environment:${Stage}' });
    expect(statements.map(({ Action }) => Action)).toEqual(['sts:AssumeRole']);
    expect(JSON.stringify(statements)).not.toContain('lookup');
  });

  it('diff: only pull requests, which may read only the templates of the stage', () => {
    const { subject, statements } = roleOf(template, 'DiffRole');
    expect(subject).toEqual({ 'Fn::Sub': 'repo:${Repository}:pull_request' });
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    ]);
  });
});
