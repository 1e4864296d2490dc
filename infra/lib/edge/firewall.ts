import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { prefixOf, type StageConfig } from '../config.ts';
import { rejectionLog } from '../retention.ts';

/** CloudFront accepts web ACLs of this region only, whatever the region of the stage. */
export const FIREWALL_REGION = 'us-east-1';

/**
 * AWS rules that would refuse valid orders, so they only count. A body has up to 256 KB and a batch up to 16 MiB, but AWS's
 * limit is 8 KB. Names and reasons are free text, which is never executed. A service may call without a User-Agent.
 */
const COUNTED = [
  'SizeRestrictions_BODY',
  'CrossSiteScripting_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
  'EC2MetaDataSSRF_BODY',
  'NoUserAgent_HEADER',
];

/** The same problem document as the api's own, without `instance`. */
const TOO_MANY_REQUESTS = {
  type: 'urn:fargate-orders:problem:too-many-requests',
  title: 'Too many requests',
  status: 429,
  detail: 'over the number of requests that one address may make in a minute',
};

/** The firewall's name in its metrics. It contains the stage, because all stages of an account report to the same region. */
export function webAclMetricOf(config: StageConfig): string {
  return prefixOf(config);
}

/** A web ACL for CloudFront: $5 a month, $1 for each of its three rules, $0.60 for a million requests. */
export class Firewall extends Construct {
  readonly webAcl: CfnWebACL;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.webAcl = new CfnWebACL(this, 'WebAcl', {
      name: prefixOf(config),
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      customResponseBodies: {
        tooManyRequests: { contentType: 'APPLICATION_JSON', content: JSON.stringify(TOO_MANY_REQUESTS) },
      },
      rules: [
        { ...rateRule(config), priority: 0 },
        { ...managedRules('AWSManagedRulesAmazonIpReputationList'), priority: 1 },
        { ...managedRules('AWSManagedRulesCommonRuleSet', COUNTED), priority: 2 },
      ],
      visibilityConfig: visible(webAclMetricOf(config)),
    });
    this.logRefusedRequests(config);
  }

  /** Logs refused requests, so that support can explain them to a customer. The api logs the others. */
  private logRefusedRequests(config: StageConfig): void {
    const scope = new Construct(this, 'RefusedRequests');
    // AWS prescribes the prefix `aws-waf-logs-`.
    const log = rejectionLog(scope, config, `aws-waf-logs-${prefixOf(config)}`);
    new CfnLoggingConfiguration(scope, 'Logging', {
      resourceArn: this.webAcl.attrArn,
      logDestinationConfigs: [arnOf(log)],
      // The query may name a customer.
      redactedFields: [
        { singleHeader: { Name: 'authorization' } },
        { singleHeader: { Name: 'cookie' } },
        { queryString: {} },
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

/** The ARN without the `:*` at the end of `logGroupArn`. */
function arnOf(logGroup: LogGroup): string {
  return Stack.of(logGroup).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: logGroup.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

function rateRule({ edge }: StageConfig): Rule {
  const headers = [{ name: 'Retry-After', value: '60' }];
  return {
    name: 'Rate',
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', limit: edge.requestsPerMinute, evaluationWindowSec: 60 },
    },
    action: {
      block: {
        customResponse: {
          responseCode: 429,
          customResponseBodyKey: 'tooManyRequests',
          responseHeaders: headers,
        },
      },
    },
    visibilityConfig: visible('Rate'),
  };
}

function managedRules(name: string, counted: readonly string[] = []): Rule {
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    overrideAction: { none: {} },
    visibilityConfig: visible(name),
  };
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}
