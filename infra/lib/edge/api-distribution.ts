import { Duration } from 'aws-cdk-lib/core';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
  type DistributionProps,
  type IOrigin,
  type ResponseHeadersCorsBehavior,
} from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { prefixOf, pageOriginsOf, type StageConfig } from '../config.ts';
import type { Firewall } from './firewall.ts';

export interface ApiDistributionProps {
  readonly config: StageConfig;
  readonly origin: IOrigin;
  readonly firewall: Firewall | undefined;
}

/** The CloudFront distribution to which clients connect. It passes each request on unchanged and caches nothing. */
export class ApiDistribution extends Construct {
  readonly distribution: Distribution;
  /** The URL that clients call. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, origin, firewall }: ApiDistributionProps) {
    super(scope, id);
    const { domain, edge } = config;
    this.distribution = new Distribution(this, 'Distribution', {
      comment: prefixOf(config),
      ...(firewall && { webAclId: firewall.webAcl.attrArn }),
      priceClass: PriceClass[`PRICE_CLASS_${edge.priceClass}`],
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // A compressed answer would have another ETag, which the api does not accept in If-Match.
        compress: false,
        // No redirect: a client that sends its token over HTTP must notice it.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // The api reads Authorization, Idempotency-Key, If-Match, Prefer, traceparent and Last-Event-ID; TLS needs Host.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
        responseHeadersPolicy: this.responseHeaders(pageOriginsOf(config)),
      },
      ...this.named(domain),
    });
    this.url = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
    acknowledge(this.distribution, 'CFR1', 'Customers may be anywhere; the shop decides where it ships');
    if (!firewall) acknowledge(this.distribution, 'CFR2', 'The stage has no firewall; the api limits its callers');
    acknowledge(this.distribution, 'CFR3', 'The api logs each request, the firewall those that it refuses');
    if (!domain) acknowledge(this.distribution, 'CFR4', 'CloudFront sets the minimum TLS version of its own names');
  }

  private named(domain: StageConfig['domain']): Partial<DistributionProps> {
    if (!domain) return {};
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.edgeCertificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  /** There is no content security policy beyond frames, because `/docs` uses scripts. */
  private responseHeaders(shopOrigins: string[]): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      ...(shopOrigins.length > 0 && { corsBehavior: readableBy(shopOrigins) }),
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
    });
  }
}

/** CORS headers for answers that are not from the api, such as the load balancer's 401. Pages need them to read the answer. */
function readableBy(origins: string[]): ResponseHeadersCorsBehavior {
  return {
    accessControlAllowOrigins: origins,
    accessControlAllowMethods: ['GET', 'HEAD', 'POST'],
    accessControlAllowHeaders: ['Authorization'],
    accessControlExposeHeaders: ['Retry-After', 'WWW-Authenticate'],
    accessControlAllowCredentials: false,
    originOverride: false,
  };
}
