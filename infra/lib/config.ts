/** The services that run on Fargate, in flow order. */
export const serviceNames = ['api', 'worker', 'stream-relay'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What one task of a service has, and how many tasks there may be. */
export interface ServiceSize {
  /** Fargate CPU units; 1,024 are one vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
  readonly minTasks: number;
  readonly maxTasks: number;
}

export interface WorkerSize extends ServiceSize {
  /**
   * Of the tasks beyond the minimum, and beyond that of any campaign, this many run on Spot for each one that does not; 0: none
   * does.
   */
  readonly spotWeight: number;
}

/** A sale that is known ahead: its minimums hold from a little before `start` until `end`. */
export interface Campaign {
  /** Letters, digits and dashes. */
  readonly name: string;
  /** Instants in UTC, e.g. `2027-11-26T08:00:00Z`. */
  readonly start: string;
  readonly end: string;
  readonly minTasks: Readonly<Partial<Record<ServiceName, number>>>;
}

/** The name under which the shop's clients find the api. */
export interface Domain {
  readonly name: string;
  /** Of `name`, in us-east-1, where CloudFront reads it. */
  readonly edgeCertificateArn: string;
  /** Of `name`, in the stage's region, for the load balancer. */
  readonly originCertificateArn: string;
}

/** What stands between the internet and the load balancer. */
export interface Edge {
  /** From one address, more are refused. Offices and machines share an address; no less than a caller's quota. */
  readonly requestsPerMinute: number;
  /** Where CloudFront answers: 100 is North America and Europe, 200 more of the world, for more. */
  readonly priceClass: 100 | 200 | 'ALL';
}

/** Whose tokens the api accepts: what its `AUTH_…` variables say. */
export interface TokenIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** For whom the tokens are, separated by commas; one of them is enough. */
  readonly audience: string;
  /** The claim that says so; `aud` if left out. */
  readonly audienceClaim?: string;
  readonly jwksUrl: string;
  /** The claim that lists a caller's roles. */
  readonly rolesClaim: string;
  /** Scopes that begin so are roles; none is if left out. */
  readonly roleScopePrefix?: string;
  /** All that a load balancer can verify: signed with RS256, at most 10 keys, 150 KB of them. */
  readonly rs256?: boolean;
}

/** A stage: one copy of the platform in one account and region. */
export interface StageConfig {
  readonly stage: string;
  /** Where set, a deployment with the credentials of another account is refused. */
  readonly account?: string;
  readonly region: string;
  readonly availabilityZones: number;
  /** $36.5 a month each; with fewer than zones, one that is down takes egress with it. */
  readonly natGateways: number;
  /** Keeps tables, queues and keys when their stack is deleted, and protects stack and table against it. */
  readonly retainData: boolean;
  /**
   * Orders a second that the table takes at the first moment of a sale: without it 2,000, and twice the highest rate so far
   * later on. Costs once, about $1 for each 1,000; it can be raised, not lowered.
   */
  readonly warmOrdersPerSecond?: number;
  /** After the orders table was restored under its name: the ARN of its stream, which CloudFormation does not know. */
  readonly restoredOrdersStreamArn?: string;
  readonly logRetentionDays: number;
  readonly services: {
    readonly api: ServiceSize;
    readonly worker: WorkerSize;
    readonly 'stream-relay': ServiceSize;
  };
  readonly campaigns: readonly Campaign[];
  /** An OpenID Connect issuer that exists already. Without one a user pool is made. */
  readonly tokenIssuer?: TokenIssuer;
  /** Where people who have signed in at the user pool come back to; pages of these origins may call the api. */
  readonly shopUrls: readonly string[];
  /** Without one: a name of CloudFront's, HTTP within the VPC, and tokens are verified by the api alone. */
  readonly domain?: Domain;
  readonly edge: Edge;
  /** Requests of one caller to one api task. */
  readonly callerQuota: { readonly requests: number; readonly windowSeconds: number };
  /** Reverse-DNS prefix of the event types, and the CloudEvents source. */
  readonly events: { readonly typePrefix: string; readonly source: string };
  /** Who the invoices are from. */
  readonly seller: { readonly name: string; readonly address: readonly string[]; readonly vatId: string };
  /** Minor units; a wholesale order of this total or more waits for approval. */
  readonly wholesaleApprovalLimit: number;
  /** Share of the orders whose traces go to X-Ray, through a collector beside each app: 0 to 1, 0 for none and no collector. */
  readonly traceSampleRatio: number;
  /** Where people read this repository's files; alarms link docs/runbook.md there. */
  readonly repositoryUrl: string;
  readonly alertEmail: string;
  readonly monthlyBudgetUsd: number;
}

/** The prefix of what is named in this stage, so that stages can share an account. */
export function prefixOf({ stage }: Pick<StageConfig, 'stage'>): string {
  return `fargate-orders-${stage}`;
}

/** The origins of the shop's pages, as browsers name them. */
export function shopOriginsOf({ shopUrls }: Pick<StageConfig, 'shopUrls'>): string[] {
  return [...new Set(shopUrls.map((url) => new URL(url).origin))];
}

/** The namespace of the metrics that the services tell. */
export function metricsNamespaceOf({ stage }: Pick<StageConfig, 'stage'>): string {
  return `fargate-orders/${stage}`;
}
