import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib/core';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { acknowledge } from '../lib/nag.ts';
import { checkedApp } from '../lib/nag.ts';
import { list, object } from './rule.ts';
import { cdkContext } from './synthesized.ts';
import type { Properties, Template } from './template.ts';

/** Patterns that are meant: CDK's roles in each region, as the firewall stands in us-east-1, and each stack of the stage. */
const PATTERNS = [
  ...['deploy', 'file-publishing', 'image-publishing'].map(
    (role) => `iam::<AWS::AccountId>:role/cdk-hnb659fds-${role}-role-<AWS::AccountId>-*`,
  ),
  'cloudformation:*:<AWS::AccountId>:stack/fargate-orders-<Stage>-*/*',
];

/** The roles of GitHub's workflows, as CloudFormation's schemas and cdk-nag let them pass. */
function rolesTemplate(): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'fargate-orders-synth-'));
  try {
    const app = checkedApp({ context: cdkContext, outdir });
    const stack = new Stack(app, 'github-roles');
    new CfnInclude(stack, 'Roles', { templateFile: join(import.meta.dirname, '../github/github-roles.yml') });
    for (const pattern of PATTERNS) acknowledge(stack, `IAM5[Resource::arn:<AWS::Partition>:${pattern}]`, 'Meant');
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

  it("deploy: for jobs of the stage's environment, with what CDK's own roles may do, but not read all", () => {
    const { subject, statements } = roleOf(template, 'DeployRole');
    expect(subject).toEqual({ 'Fn::Sub': 'repo:${Repository}:environment:${Stage}' });
    expect(statements.map(({ Action }) => Action)).toEqual(['sts:AssumeRole']);
    expect(JSON.stringify(statements)).not.toContain('lookup');
  });

  it('compare: for pull requests, with the templates of the stage and nothing else', () => {
    const { subject, statements } = roleOf(template, 'DiffRole');
    expect(subject).toEqual({ 'Fn::Sub': 'repo:${Repository}:pull_request' });
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    ]);
  });
});
