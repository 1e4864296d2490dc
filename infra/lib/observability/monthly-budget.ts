import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { budget } from '../alarms/alarm-limits.ts';
import type { StageConfig } from '../config.ts';

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
