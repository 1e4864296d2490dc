import { Stack } from 'aws-cdk-lib/core';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';

/** A statement that allows these calls on these resources. `sid` names it in the policy. */
export function allow(sid: string, actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, actions, resources });
}

export interface StartResources {
  readonly repository: IRepository;
  readonly logGroup: ILogGroup;
  readonly secrets: readonly ISecret[];
}

/** The role with which Fargate starts a task: it pulls the image, opens the log and reads the secrets. */
export function executionRole(scope: Construct, { repository, logGroup, secrets }: StartResources): Role {
  const secretArns = secrets.map(({ secretArn }) => secretArn);
  const starter = role(scope, 'ExecutionRole', [
    allow('Registry', ['ecr:GetAuthorizationToken'], ['*']),
    allow(
      'Image',
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      [repository.repositoryArn],
    ),
    allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
    ...(secretArns.length > 0 ? [allow('Secrets', ['secretsmanager:GetSecretValue'], secretArns)] : []),
  ]);
  acknowledge(starter, 'IAM5[Resource::*]', 'A registry token is not bound to a resource');
  return starter;
}

/**
 * A role for tasks of this account. Its statements are written out, because CDK's grants allow more than a task calls. Its
 * policy is inline, so the role is complete as soon as it exists.
 */
export function role(scope: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: { calls: new PolicyDocument({ statements: [...statements] }) },
  });
}
