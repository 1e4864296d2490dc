import { Duration, ReferenceStrength, Stack, type StackProps } from 'aws-cdk-lib/core';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { frontDoor as limits, type AlarmLimit } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { FIREWALL_REGION } from '../edge/firewall.ts';
import { AlertsTopic } from './alerts.ts';
import { frontDoorMetrics, type FrontDoorMetrics } from './front-door-station.ts';

const period = Duration.minutes(1);

export interface FrontDoorStackProps extends StackProps {
  readonly config: StageConfig;
  readonly edge: EdgeStack;
}

/**
 * What rings for CloudFront and the firewall, where they tell how they are, with a topic there: an alarm can tell none of
 * another region. It rings for requests that are answered wrongly; of those that never come it knows nothing.
 */
export class FrontDoorStack extends Stack {
  private readonly config: StageConfig;

  constructor(scope: Construct, id: string, { config, edge, env, ...props }: FrontDoorStackProps) {
    super(scope, id, { ...props, env: { ...env, region: FIREWALL_REGION } });
    this.config = config;
    // Weak, as the edge's own reference to the firewall.
    const { distributionId } = edge.distribution.distribution;
    const metrics = frontDoorMetrics(config, Stack.consumeReference(distributionId, ReferenceStrength.WEAK));
    new AlertsTopic(this, 'Alerts', config, 'front-door-alerts').tellOf([this.errors(metrics), this.blocks(metrics)]);
  }

  private errors({ requests, failed }: FrontDoorMetrics): RunbookAlarm {
    const metric = new MathExpression({
      label: '5xx, per cent of requests',
      expression: `IF(FILL(failed, 0) * FILL(requests, 0) / 100 >= ${limits.leastFailures}, failed, 0)`,
      usingMetrics: { requests, failed },
      period,
    });
    return this.alarm('front-door-errors', 'CloudFront answers too many requests 5xx', metric, limits.errors);
  }

  private blocks({ passed, blocked }: FrontDoorMetrics): RunbookAlarm {
    const metric = new MathExpression({
      label: 'Blocked, per cent of requests',
      expression: `IF(FILL(blocked, 0) >= ${limits.leastBlocked}, \
100 * FILL(blocked, 0) / (FILL(blocked, 0) + FILL(passed, 0)), 0)`,
      usingMetrics: { passed, blocked },
      period,
    });
    return this.alarm('requests-blocked', 'The firewall blocks a large part of the requests', metric, limits.blocked);
  }

  private alarm(name: string, meaning: string, metric: MathExpression, limit: AlarmLimit): RunbookAlarm {
    return new RunbookAlarm(this, name, { config: this.config, name, meaning, metric, limit });
  }
}
