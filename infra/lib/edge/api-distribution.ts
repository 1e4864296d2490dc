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
import { prefixOf, shopOriginsOf, type StageConfig } from '../config.ts';

export interface ApiDistributionProps {
  readonly config: StageConfig;
  readonly origin: IOrigin;
  readonly webAclArn: string;
}

/** Where clients connect: TLS, the firewall, and everything handed on as it came, with nothing kept. */
export class ApiDistribution extends Construct {
  readonly distribution: Distribution;
  /** What clients call. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, origin, webAclArn }: ApiDistributionProps) {
    super(scope, id);
    const { domain, edge } = config;
    this.distribution = new Distribution(this, 'Distribution', {
      comment: prefixOf(config),
      webAclId: webAclArn,
      priceClass: PriceClass[`PRICE_CLASS_${edge.priceClass}`],
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // Compressed, an answer has another ETag, which If-Match would not know.
        compress: false,
        // A client that sends its token in the clear is not helped on its way.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // Authorization, Idempotency-Key, If-Match, Prefer, traceparent, Last-Event-ID, and Host for the certificate.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
        responseHeadersPolicy: this.responseHeaders(shopOriginsOf(config)),
      },
      ...this.named(domain),
    });
    this.url = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
    acknowledge(this.distribution, 'CFR1', 'A customer may be anywhere; what is shipped where, the shop decides');
    acknowledge(this.distribution, 'CFR3', 'The api logs each request, the firewall what it refuses');
    if (!domain) acknowledge(this.distribution, 'CFR4', "A name of CloudFront's has CloudFront's own minimum");
  }

  private named(domain: StageConfig['domain']): Partial<DistributionProps> {
    if (!domain) return {};
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.edgeCertificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    };
  }

  /** No content policy beyond frames: `/docs` brings scripts. */
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

/** For what the api has not answered, such as the load balancer's 401: a page could not tell it from a network that fails. */
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
