import { ReferenceStrength, Stack } from 'aws-cdk-lib/core';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { StageConfig, StageStackProps } from '../config.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { FIREWALL_REGION } from '../edge/firewall.ts';
import { RunbookAlarm, period, type AlarmLimit } from '../runbook-alarm.ts';
import { AlertsTopic } from './alerts.ts';
import { frontDoorMetrics, type FrontDoorMetrics } from './front-door-station.ts';

export interface FrontDoorStackProps extends StageStackProps {
  readonly edge: EdgeStack;
}

/** Below this many failed requests in a minute, there is no alarm. */
const LEAST_FAILED = 5;
/** Below this many blocked requests in a minute, the cause is a scanner. */
const LEAST_BLOCKED = 100;

/**
 * The alarms of CloudFront and the firewall, with a topic of their own. They stand in the region in which both report their
 * metrics, because an alarm cannot notify a topic of another region. They cannot see requests that never arrive.
 */
export class FrontDoorStack extends Stack {
  private readonly config: StageConfig;

  constructor(scope: Construct, id: string, { config, edge, env, ...props }: FrontDoorStackProps) {
    super(scope, id, { ...props, env: { ...env, region: FIREWALL_REGION } });
    this.config = config;
    // A weak reference, as in the edge stack.
    const { distributionId } = edge.distribution.distribution;
    const metrics = frontDoorMetrics(config, Stack.consumeReference(distributionId, ReferenceStrength.WEAK));
    new AlertsTopic(this, 'Alerts', config, 'front-door-alerts').notifyAbout([
      this.errors(metrics),
      this.blocks(metrics),
    ]);
  }

  private errors({ requests, failed }: FrontDoorMetrics): RunbookAlarm {
    const metric = new MathExpression({
      label: '5xx, per cent of requests',
      expression: `IF(FILL(failed, 0) * FILL(requests, 0) / 100 >= ${LEAST_FAILED}, failed, 0)`,
      usingMetrics: { requests, failed },
      period,
    });
    // Per cent of the requests. The api's own alarm, at 2 % for two minutes, sees its failures first: if only this one rings,
    // the cause is between CloudFront and the load balancer.
    const limit = { atLeast: 5, minutes: 5 };
    return this.alarm('front-door-errors', 'CloudFront answers too many requests with 5xx', metric, limit);
  }

  private blocks({ passed, blocked }: FrontDoorMetrics): RunbookAlarm {
    const metric = new MathExpression({
      label: 'Blocked, per cent of requests',
      expression: `IF(FILL(blocked, 0) >= ${LEAST_BLOCKED}, \
100 * FILL(blocked, 0) / (FILL(blocked, 0) + FILL(passed, 0)), 0)`,
      usingMetrics: { passed, blocked },
      period,
    });
    // Per cent of the requests. A single address above its limit does not make up half of them.
    const limit = { atLeast: 50, minutes: 15 };
    return this.alarm('requests-blocked', 'The firewall blocks a large part of the requests', metric, limit);
  }

  private alarm(name: string, meaning: string, metric: MathExpression, limit: AlarmLimit): RunbookAlarm {
    return new RunbookAlarm(this, name, { config: this.config, name, meaning, metric, limit });
  }
}
