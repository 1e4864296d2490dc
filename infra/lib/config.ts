import type { StackProps } from 'aws-cdk-lib/core';
import type { SERVICE_ROLES } from '#libs/orders';
import type { EventConsumerName } from '#libs/resources';

/** The services that run on Fargate, in flow order. */
export const serviceNames = ['api', 'worker', 'stream-relay'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The size of a service's tasks, and how many there may be. */
export interface ServiceSize {
  /** Fargate CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly minTasks: number;
  readonly maxTasks: number;
}

export interface WorkerSize extends ServiceSize {
  /**
   * The first tasks run on demand: at least the minimums of the stage and its campaigns. ECS may refuse a change of this number
   * without a forced deployment, so it does not follow the campaigns.
   */
  readonly onDemandTasks: number;
  /** Tasks on Spot for each on-demand task, among the tasks beyond the first ones. 0: no task runs on Spot. */
  readonly spotWeight: number;
}

/** A sale that is known in advance: its minimums apply from 15 minutes before `start` until `end`. */
export interface Campaign {
  /** Alphanumeric, with dashes. */
  readonly name: string;
  /** Instants in UTC, e.g. `2027-11-26T08:00:00Z`. */
  readonly start: string;
  readonly end: string;
  readonly minTasks: Readonly<Partial<Record<ServiceName, number>>>;
}

/** The domain name of the api. */
export interface Domain {
  readonly name: string;
  /** The certificate of `name` in us-east-1, for CloudFront. */
  readonly edgeCertificateArn: string;
  /** The certificate of `name` in the stage's region, for the load balancer. */
  readonly originCertificateArn: string;
}

/** A VPC of somebody else. It has an internet gateway, without which CloudFront does not connect to it. */
export interface ExistingVpc {
  readonly id: string;
  /** The range of its addresses, e.g. `10.1.0.0/16`. */
  readonly cidr: string;
  /** One for each name in `availabilityZones`, in their order. They reach AWS and the token issuer, by NAT or by endpoints. */
  readonly privateSubnetIds: readonly string[];
}

/** Settings of CloudFront and its firewall. */
export interface Edge {
  /** The firewall costs about $9 a month. Without it, only the api limits callers, and everything is in the stage's region. */
  readonly firewall: boolean;
  /** Limit for one address, at least a caller's quota. Several callers may share an address. */
  readonly requestsPerMinute: number;
  /** The regions from which CloudFront answers: 100 is North America and Europe; 200 and ALL cover more and cost more. */
  readonly priceClass: 100 | 200 | 'ALL';
}

/** The issuer of the tokens that the api accepts; these are the values of the api's `AUTH_…` variables. */
export interface TokenIssuer {
  /** The `iss` claim of the tokens. */
  readonly issuer: string;
  /** Accepted audiences, separated by commas; a token needs one of them. */
  readonly audience: string;
  /** The claim that holds the audience; `aud` by default. */
  readonly audienceClaim?: string;
  readonly jwksUrl: string;
  /** The claim that lists a caller's roles. */
  readonly rolesClaim: string;
  /** Scopes with this prefix are roles of services; by default no scope is. */
  readonly roleScopePrefix?: string;
  /** Whether the load balancer can verify the tokens: RS256, and at most 10 keys of 150 KB in total. */
  readonly rs256?: boolean;
  /**
   * Another issuer with the same claims for staff and services. With it, the first issuer gives only roles of customers, and the
   * load balancer verifies no tokens, because it knows a single issuer.
   */
  readonly staff?: StaffIssuer;
}

export type StaffIssuer = Pick<TokenIssuer, 'issuer' | 'audience' | 'jwksUrl'>;

/** The seller on the invoices. */
export interface SellerConfig {
  readonly name: string;
  readonly address: readonly string[];
  readonly vatId: string;
  /** An IANA name, e.g. `Europe/Berlin`. The dates on invoices are in it, and plain dates in lists of orders. */
  readonly timeZone: string;
}
/** Who may name the prices of an order: docs/pricing.md. These are the values of the api's `PRICING` and `PRICING_JWKS_URL`. */
export type Pricing =
  | { readonly mode: 'trusted' | 'open' }
  | { readonly mode: 'quote'; /** The keys that sign the shop's quotes. */ readonly jwksUrl: string };

/** Reports over all orders, which Athena reads from daily exports of the orders table. */
export interface Reports {
  /** A report that reads more gigabytes is cancelled. Reading 1,000 GB costs $5. */
  readonly scanLimitGb: number;
}

/** A stage: one copy of the platform in one account and region. */
export interface StageConfig {
  readonly stage: string;
  /** If set, a deployment with the credentials of another account is refused. */
  readonly account?: string;
  /**
   * The qualifier of the stage's `cdk bootstrap`: up to 10 characters, by default the name of the stage. Stages in one account have
   * different ones, so that nobody can deploy a stage with the role of another.
   */
  readonly cdkQualifier?: string;
  readonly region: string;
  /**
   * The number of zones, or their names. Without names these are the first ones, and one of them may lack Fargate or CloudFront's
   * VPC origins, which do not support use1-az3, for example.
   */
  readonly availabilityZones: number | readonly string[];
  /**
   * Each costs $36.5 a month. With fewer gateways than zones, a failed zone may take all egress with it. 0: tasks have public
   * addresses instead, for $3.65 each, to which nobody can connect.
   */
  readonly natGateways: number;
  /** The range of the stage's own VPC: `10.0.0.0/16` by default. */
  readonly vpcCidr?: string;
  /** A VPC to use instead of an own one; `natGateways` is then 0. */
  readonly existingVpc?: ExistingVpc;
  /** The name of a managed policy of the account, which limits each role of the stage. */
  readonly permissionsBoundary?: string;
  /** Tags of all resources, beside `project` and `stage`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keeps tables, queues and keys when their stack is deleted, and protects stacks and tables against deletion. */
  readonly retainData: boolean;
  /** The ARN of a backup vault in another region or account, which gets a copy of each monthly backup. */
  readonly backupCopyVaultArn?: string;
  /** The stream's ARN after the orders table was restored under its name: CloudFormation does not know the new stream. */
  readonly restoredOrdersStreamArn?: string;
  readonly logRetentionDays: number;
  readonly services: {
    readonly api: ServiceSize;
    readonly worker: WorkerSize;
    readonly 'stream-relay': ServiceSize;
  };
  readonly campaigns: readonly Campaign[];
  /** The subscribers that read their queue. Each has two alarms, which ring while nobody reads it. */
  readonly consumers: readonly EventConsumerName[];
  /**
   * How long after a change, while the shop is idle, its event may leave: the relay looks for changes this often. It renews its
   * leases ten times as seldom, and after a crash another relay continues after that time. Each stream shard costs about $1.2 a
   * month at 1 s, $0.24 at 5 s.
   */
  readonly eventDelaySeconds: number;
  /** An existing OpenID Connect issuer. Without one, two user pools are created: of customers, and of staff and services. */
  readonly tokenIssuer?: TokenIssuer;
  /** Pages to which customers return after signing in at their user pool. Pages of these origins may call the api. */
  readonly shopUrls: readonly string[];
  /** The same for staff. */
  readonly staffUrls: readonly string[];
  /** The services that get tokens from the pool of staff with an id and a secret. Each costs $6 a month. */
  readonly serviceClients: readonly (typeof SERVICE_ROLES)[number][];
  /** Without a domain, the api has a name of CloudFront's, uses HTTP within the VPC, and only the api verifies tokens. */
  readonly domain?: Domain;
  readonly edge: Edge;
  /** Limit of one caller's requests to one api task. */
  readonly callerQuota: { readonly requests: number; readonly windowSeconds: number };
  /** Reverse-DNS prefix of the event types, and the CloudEvents source. */
  readonly events: { readonly typePrefix: string; readonly source: string };
  readonly seller: SellerConfig;
  /** Minor units by currency. A wholesale customer's order waits for approval if its goods cost as much; in other currencies each does. */
  readonly wholesaleApprovalLimit: Readonly<Record<string, number>>;
  /** The highest rate of tax that the shop charges, or more: an order with more tax is refused. */
  readonly maxTaxPercent: number;
  /** `open` is refused in a stage that keeps its data. */
  readonly pricing: Pricing;
  /** Share of orders whose traces a collector beside each app sends to X-Ray, 0 to 1. 0: no traces, and no collector. */
  readonly traceSampleRatio: number;
  /** The URL of this repository's files; alarms link docs/runbook.md under it. */
  readonly repositoryUrl: string;
  readonly alertEmail: string;
  /** A dashboard costs $3 a month. */
  readonly dashboard: boolean;
  readonly monthlyBudgetUsd: number;
  /** Without it, the stage has no reports. docs/deploying.md says what they cost. */
  readonly reports?: Reports;
}

/** The properties of every stack of a stage. */
export interface StageStackProps extends StackProps {
  readonly config: StageConfig;
}

/** The prefix of all names of a stage, so that stages can share an account. */
export function prefixOf({ stage }: Pick<StageConfig, 'stage'>): string {
  return `fargate-orders-${stage}`;
}

/** The names by which `npm run report` finds the reports of a stage. Names of databases have no dashes. */
export function reportNamesOf(config: Pick<StageConfig, 'stage'>): { workgroup: string; database: string } {
  const workgroup = `${prefixOf(config)}-reports`;
  return { workgroup, database: workgroup.replaceAll('-', '_') };
}

export function cdkQualifierOf({ cdkQualifier, stage }: Pick<StageConfig, 'cdkQualifier' | 'stage'>): string {
  return cdkQualifier ?? stage;
}

/** The origins of the pages that may call the api, as browsers send them. */
export function pageOriginsOf({ shopUrls, staffUrls }: Pick<StageConfig, 'shopUrls' | 'staffUrls'>): string[] {
  return [...new Set([...shopUrls, ...staffUrls].map((url) => new URL(url).origin))];
}

/** Whether the tasks have public addresses. */
export function hasPublicTasks({
  natGateways,
  existingVpc,
}: Pick<StageConfig, 'natGateways' | 'existingVpc'>): boolean {
  return natGateways === 0 && !existingVpc;
}

/** The namespace of the metrics that the services report. */
export function metricsNamespaceOf({ stage }: Pick<StageConfig, 'stage'>): string {
  return `fargate-orders/${stage}`;
}
