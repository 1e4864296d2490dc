import { Duration } from 'aws-cdk-lib/core';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageConfig } from '../config.ts';
import { removalPolicyOf } from '../retention.ts';

/** Monthly copies of the orders table, kept longer than point-in-time recovery reaches, in a vault that outlives the table. */
export class OrdersBackup extends Construct {
  constructor(scope: Construct, id: string, table: Table, config: StageConfig) {
    super(scope, id);
    const prefix = prefixOf(config);
    const { backupCopyVaultArn: copyArn } = config;
    const deleteAfter = Duration.days(365);
    const vault = new BackupVault(this, 'Vault', { backupVaultName: prefix, removalPolicy: removalPolicyOf(config) });
    const plan = new BackupPlan(this, 'Plan', { backupPlanName: `${prefix}-orders`, backupVault: vault });
    plan.addRule(
      new BackupPlanRule({
        ruleName: 'monthly',
        scheduleExpression: Schedule.cron({ day: '1', hour: '3', minute: '0' }),
        deleteAfter,
        ...(copyArn !== undefined && {
          copyActions: [
            { destinationBackupVault: BackupVault.fromBackupVaultArn(this, 'CopyVault', copyArn), deleteAfter },
          ],
        }),
      }),
    );
    plan.addSelection('Orders', { resources: [BackupResource.fromDynamoDbTable(table)] });
    acknowledge(
      this,
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      'The policy of AWS Backup, which AWS keeps up to date with the calls that it makes',
    );
  }
}
