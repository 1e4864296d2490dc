import { fields, list, resourcesOf, type Template } from './template.ts';

/** What is paid for by the month, used or not, counted in the templates. */
export interface Inventory {
  readonly natGateways: number;
  readonly loadBalancers: number;
  readonly webAcls: number;
  readonly webAclRules: number;
  readonly alarms: number;
  readonly dashboards: number;
  readonly secrets: number;
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
    alarms: all('AWS::CloudWatch::Alarm').length + tracking.length * ALARMS_OF_TARGET_TRACKING,
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    secrets: all('AWS::SecretsManager::Secret').length,
  };
}
