import { Duration, Stack, TimeZone } from 'aws-cdk-lib/core';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ordersTable } from '#libs/resources';
import { prefixOf, type StageConfig } from '../config.ts';
import type { OrdersTable } from '../data/table.ts';
import { acknowledge } from '../nag.ts';
import { ANY, RunbookAlarm, period } from '../runbook-alarm.ts';
import { allow } from '../services/workload-roles.ts';
import { EXPORTS, exportSteps, NO_PROGRESS } from './export-steps.ts';

export interface OrdersExportProps {
  readonly config: StageConfig;
  readonly table: OrdersTable;
  readonly bucket: Bucket;
}

/** Exports the changes of the orders table to the bucket each night, soon after the end of the seller's day. */
export class OrdersExport extends Construct {
  readonly alarm: RunbookAlarm;

  constructor(scope: Construct, id: string, { config, table, bucket }: OrdersExportProps) {
    super(scope, id);
    const name = `${prefixOf(config)}-orders-export`;
    const progress = new StringParameter(this, 'Progress', { parameterName: name, stringValue: NO_PROGRESS });
    const stack = Stack.of(this);
    const resources = { tableArn: table.tableArn, bucketName: bucket.bucketName, parameterName: name };
    const exportArns = (account: string) =>
      `arn:aws:dynamodb:${config.region}:${account}:table/${prefixOf(config)}-${ordersTable.name}/export/*`;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: {
        calls: new PolicyDocument({
          statements: [
            allow('Progress', ['ssm:GetParameter', 'ssm:PutParameter'], [progress.parameterArn]),
            allow('Export', ['dynamodb:ExportTableToPointInTime'], [table.tableArn]),
            allow('Describe', ['dynamodb:DescribeExport'], [exportArns(stack.account)]),
            // DynamoDB writes the files with the permissions of the caller.
            allow(
              'Files',
              ['s3:AbortMultipartUpload', 's3:PutObject', 's3:PutObjectAcl'],
              [bucket.arnForObjects(`${EXPORTS}*`)],
            ),
          ],
        }),
      },
    });
    const bucketId = stack.getLogicalId(bucket.node.defaultChild as CfnBucket);
    for (const arn of [`<${bucketId}.Arn>/${EXPORTS}*`, exportArns(config.account ?? '<AWS::AccountId>')])
      acknowledge(role, `IAM5[Resource::${arn}]`, 'DynamoDB chooses the names of exports and of their files');
    const steps = new StateMachine(this, 'Steps', {
      stateMachineName: name,
      role,
      definitionBody: DefinitionBody.fromString(stack.toJsonString(exportSteps(resources))),
    });
    acknowledge(steps, 'SF1', 'Step Functions keeps the events of an execution for 90 days; there is one a day');
    acknowledge(steps, 'SF2', 'Its calls are no part of the path of an order');
    new Schedule(this, 'Nightly', {
      scheduleName: name,
      schedule: ScheduleExpression.cron({ hour: '1', minute: '0', timeZone: TimeZone.of(config.seller.timeZone) }),
      timeWindow: TimeWindow.flexible(Duration.minutes(15)),
      target: new StepFunctionsStartExecution(steps, {}),
    });
    this.alarm = new RunbookAlarm(this, 'Failed', {
      config,
      name: 'orders-export-failed',
      meaning: 'Reports do not have the newest orders',
      metric: steps.metricFailed({ statistic: 'Sum', period }),
      limit: ANY,
    });
  }
}
