import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';

/**
 * The topic of alarms and budget. It notifies the stage's e-mail address once that address has confirmed the subscription.
 * The topic has a key of its own, $1 a month: CloudWatch may not use the key that AWS keeps for SNS, and alarms would be
 * lost silently.
 */
export class AlertsTopic extends Construct {
  readonly topic: Topic;

  /** @param name without the stage's prefix. A stage in us-east-1 has two such topics in one region. */
  constructor(scope: Construct, id: string, config: StageConfig, name = 'alerts') {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: `Alerts of ${prefixOf(config)}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, 'Topic', {
      topicName: `${prefixOf(config)}-${name}`,
      masterKey: key,
      enforceSSL: true,
    });
    this.topic.addSubscription(new EmailSubscription(config.alertEmail));
    const publishers = ['cloudwatch', 'budgets'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`));
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Notify',
        principals: publishers,
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Notify',
        principals: publishers,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In the policy of a key, `*` means this key.
        resources: ['*'],
        conditions,
      }),
    );
  }

  /** Notifies when one of the alarms starts to ring and when it stops. */
  notifyAbout(alarms: readonly Alarm[]): void {
    for (const alarm of alarms) {
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
    }
  }
}

/** Per cent of the monthly budget at which a notification is sent. */
const BUDGET_LIMITS = { actual: 80, forecast: 100 };

/** The budget of the stage's own resources. It counts nothing until somebody activates the tag `stage` for costs. */
export class MonthlyBudget extends CfnBudget {
  constructor(scope: Construct, id: string, config: StageConfig, alerts: Topic) {
    const notification = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers: [{ subscriptionType: 'SNS', address: alerts.topicArn }],
    });
    super(scope, id, {
      // No name: a changed subscriber replaces the budget, and two budgets cannot share a name.
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: config.monthlyBudgetUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:stage$${config.stage}`] },
      },
      notificationsWithSubscribers: [
        notification('ACTUAL', BUDGET_LIMITS.actual),
        notification('FORECASTED', BUDGET_LIMITS.forecast),
      ],
    });
    // The topic's policy must exist first: Budgets checks that it may publish.
    this.node.addDependency(alerts);
  }
}
