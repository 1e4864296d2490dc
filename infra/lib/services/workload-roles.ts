import { Stack } from 'aws-cdk-lib/core';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';

/** The role of the app itself. Its statements are written out, because CDK's grants allow more than an app calls. */
export function taskRole(scope: Construct, statements: readonly PolicyStatement[]): Role {
  return role(scope, 'TaskRole', statements);
}

export interface StartResources {
  readonly repository: IRepository;
  readonly logGroup: ILogGroup;
  readonly secrets: readonly ISecret[];
}

/** The role with which Fargate starts a task: it pulls the image, opens the log and reads the secrets. */
export function executionRole(scope: Construct, { repository, logGroup, secrets }: StartResources): Role {
  const statements = [
    new PolicyStatement({ sid: 'Registry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
    new PolicyStatement({
      sid: 'Image',
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [repository.repositoryArn],
    }),
    new PolicyStatement({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  ];
  if (secrets.length > 0) {
    statements.push(
      new PolicyStatement({
        sid: 'Secrets',
        actions: ['secretsmanager:GetSecretValue'],
        resources: secrets.map(({ secretArn }) => secretArn),
      }),
    );
  }
  const starter = role(scope, 'ExecutionRole', statements);
  acknowledge(starter, 'IAM5[Resource::*]', 'A registry token is not bound to a resource');
  return starter;
}

/** A role for tasks of this account. Its policy is inline, so the role is complete as soon as it exists. */
function role(scope: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: { calls: new PolicyDocument({ statements: [...statements] }) },
  });
}
