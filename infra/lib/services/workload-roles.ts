import { Stack } from 'aws-cdk-lib/core';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';

/** What the app itself may do. Statements are written out: CDK's grants give more than an app calls. */
export function taskRole(scope: Construct, statements: readonly PolicyStatement[]): Role {
  return role(scope, 'TaskRole', statements);
}

export interface StartNeeds {
  readonly repository: IRepository;
  readonly logGroup: ILogGroup;
  readonly secrets: readonly ISecret[];
}

/** What Fargate does to start a task: pull the image, open its log, read its secrets. */
export function executionRole(scope: Construct, { repository, logGroup, secrets }: StartNeeds): Role {
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
  acknowledge(starter, 'IAM5[Resource::*]', 'A token for the registry has no resources to name');
  return starter;
}

/** A role of tasks of this account, complete the moment that it is there. */
function role(scope: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: { calls: new PolicyDocument({ statements: [...statements] }) },
  });
}
