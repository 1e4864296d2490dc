import { fields, list, resourcesOf, type Fields, type Template } from './template.ts';

/** What is paid for by the month, used or not, counted in the templates. */
export interface Inventory {
  readonly natGateways: number;
  readonly loadBalancers: number;
  readonly webAcls: number;
  readonly webAclRules: number;
  /** Metrics that alarms read: an alarm of metric math is billed by each. */
  readonly alarmMetrics: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  readonly secrets: number;
  readonly keys: number;
}

/** Target tracking makes an alarm for the way out and one for the way in, which are billed as any other. */
const ALARMS_OF_TARGET_TRACKING = 2;

export function inventoryOf(templates: readonly Template[]): Inventory {
  const all = (type: string) =>
    templates.flatMap(({ Resources = {} }) => resourcesOf(Resources, type).map(([, of]) => of));
  const acls = all('AWS::WAFv2::WebACL');
  const tracking = all('AWS::ApplicationAutoScaling::ScalingPolicy').filter(
    ({ PolicyType }) => PolicyType === 'TargetTrackingScaling',
  );
  return {
    natGateways: all('AWS::EC2::NatGateway').length,
    loadBalancers: all('AWS::ElasticLoadBalancingV2::LoadBalancer').length,
    webAcls: acls.length,
    webAclRules: acls.reduce((sum, acl) => sum + list(fields(acl)['Rules']).length, 0),
    alarmMetrics: [
      ...all('AWS::CloudWatch::Alarm').map(({ Metrics }) => metricsIn(Metrics)),
      ...tracking.map((policy) => ALARMS_OF_TARGET_TRACKING * metricsIn(trackedMetrics(policy))),
    ].reduce((sum, metrics) => sum + metrics, 0),
    compositeAlarms: all('AWS::CloudWatch::CompositeAlarm').length,
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    secrets: all('AWS::SecretsManager::Secret').length,
    keys: all('AWS::KMS::Key').length,
  };
}

function trackedMetrics({ TargetTrackingScalingPolicyConfiguration: configuration }: Fields): unknown {
  return fields(fields(configuration)['CustomizedMetricSpecification'])['Metrics'];
}

/** Those that a query of metric math reads; one where there is no query. */
function metricsIn(queries: unknown): number {
  return Math.max(1, list(queries).filter(({ MetricStat }) => MetricStat !== undefined).length);
}
