import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { budget } from '../alarms/alarm-limits.ts';
import { prefixOf, type StageConfig } from '../config.ts';

/**
 * Where alarms and the budget tell, and who hears it: whoever has confirmed the e-mail that SNS sends. Its key is one of
 * ours, $1 a month: CloudWatch may not use the one that AWS keeps for SNS, and its alarms would be lost without a word.
 */
export class AlertsTopic extends Construct {
  readonly topic: Topic;

  /** @param name behind the stage's prefix: in us-east-1 a stage may have both of its topics. */
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
    const tellers = ['cloudwatch', 'budgets'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`));
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Tell',
        principals: tellers,
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Tell',
        principals: tellers,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key's own policy: this key.
        resources: ['*'],
        conditions,
      }),
    );
  }

  /** Tells when an alarm rings, and when it is over. */
  tellOf(alarms: readonly AlarmBase[]): void {
    for (const alarm of alarms) {
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
    }
  }
}

export interface MonthlyBudgetProps {
  readonly config: StageConfig;
  readonly alerts: Topic;
}

/** Of the whole account: a filter by tag counts nothing until somebody activates that tag for costs, and would keep silent. */
export class MonthlyBudget extends CfnBudget {
  constructor(scope: Construct, id: string, { config, alerts }: MonthlyBudgetProps) {
    const tell = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
      subscribers: [{ subscriptionType: 'SNS', address: alerts.topicArn }],
    });
    super(scope, id, {
      // Without a name: whom it tells can only be changed by a new budget, and of one name there is no second.
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: config.monthlyBudgetUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [tell('ACTUAL', budget.actual), tell('FORECASTED', budget.forecast)],
    });
    // With its policy, by which Budgets may tell it.
    this.node.addDependency(alerts);
  }
}
