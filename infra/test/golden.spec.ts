import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib/core';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { acknowledge, checkedApp } from '../lib/nag.ts';
import { goldenTemplates } from './golden-templates.ts';
import { list, object, text } from './rule.ts';
import { synthesize, synthesizeApp } from './synthesized.ts';
import type { Properties, Template } from './template.ts';
import { complete, variants } from './variants.ts';

/* Everything that is checked by CloudFormation's schemas. Their engine takes seconds to start, so it starts in one file. */

describe('the synthesized production, checked by cdk-nag and the schemas of CloudFormation', () => {
  const synthesized = synthesize(complete);

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

describe('a stage with other settings', () => {
  it.each(Object.entries(variants))('passes the same checks: %s', (_, config) => {
    expect(() => synthesize(config)).not.toThrow();
  });
});

describe('a synthesis', () => {
  const synthesisOf = (build: (stack: Stack) => void) => () =>
    synthesizeApp(checkedApp, (app) => build(new Stack(app, 'stack')));

  it('fails for a finding of cdk-nag that is not acknowledged', () => {
    expect(synthesisOf((stack) => new CfnBucket(stack, 'Bucket'))).toThrow(/AwsSolutions-S10/);
  });

  it('fails for a property that CloudFormation does not know', () => {
    const queue = (stack: Stack) => {
      new CfnQueue(stack, 'Queue', { redriveAllowPolicy: {} }).addPropertyOverride('VisibilityTimeout', 'soon');
    };
    expect(synthesisOf(queue)).toThrow(/VisibilityTimeout/);
  });
});

/** Intended patterns: CDK's roles in every region, because the front door is in us-east-1, and all stacks of the stage. */
const PATTERNS = [
  ...['deploy', 'file-publishing', 'image-publishing'].map(
    (role) => `iam::<AWS::AccountId>:role/cdk-<Qualifier>-${role}-role-<AWS::AccountId>-*`,
  ),
  'cloudformation:*:<AWS::AccountId>:stack/fargate-orders-<Stage>-*/*',
];

/** The template of the workflows' roles, checked by CloudFormation's schemas and cdk-nag. */
function rolesTemplate(): Template {
  const templates = synthesizeApp(checkedApp, (app) => {
    const stack = new Stack(app, 'github-roles');
    new CfnInclude(stack, 'Roles', { templateFile: join(import.meta.dirname, '../github/github-roles.yml') });
    for (const pattern of PATTERNS) acknowledge(stack, `IAM5[Resource::arn:<AWS::Partition>:${pattern}]`, 'Intended');
  });
  return templates['github-roles'] as Template;
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

describe('the synthesized production', () => {
  it('is deployed only with the roles of its own bootstrap', () => {
    expect(JSON.stringify(goldenTemplates())).not.toContain('hnb659fds');
  });
});

describe("the roles of GitHub's workflows", () => {
  const template = rolesTemplate();

  it.each([
    ['repo:octocat/shop', true],
    ['repo:octocat@123456/shop@456789', true],
    ['repo:octocat-123456/shop-456789', true],
    ['octocat/shop', false],
    ['repo:octocat/*', false],
    ['repo:octocat@*/shop@456789', false],
    ['repo:octocat/shop:environment:dev', false],
  ])('take %s as the subject of a repository: %s', (subject, isAccepted) => {
    const { AllowedPattern } = template.Parameters?.['SubjectPrefix'] ?? {};
    expect(new RegExp(`^(${AllowedPattern})$`).test(subject)).toBe(isAccepted);
  });

  it("deploy: only jobs of the stage's environment, only with the roles of the stage's own bootstrap, and not its lookup role", () => {
    const { subject, statements } = roleOf(template, 'DeployRole');
    expect(subject).toEqual({ 'Fn::Sub': '${SubjectPrefix}:environment:${Stage}' });
    expect(statements.map(({ Action }) => Action)).toEqual(['sts:AssumeRole']);
    const roles = statements.flatMap(({ Resource }) => list(Resource)).map((arn) => text(object(arn)['Fn::Sub']));
    expect(roles).toEqual(
      ['deploy', 'file-publishing', 'image-publishing'].map(
        (role) =>
          `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/cdk-\${Qualifier}-${role}-role-\${AWS::AccountId}-*`,
      ),
    );
  });

  it('diff: only pull requests, which may read only the templates of the stage', () => {
    const { subject, statements } = roleOf(template, 'DiffRole');
    expect(subject).toEqual({ 'Fn::Sub': '${SubjectPrefix}:pull_request' });
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    ]);
  });
});
