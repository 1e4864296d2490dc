import { isIPv4 } from 'node:net';
import { isCurrency, isTimeZone } from '#libs/orders';
import { ordersTable } from '#libs/resources';
import { campaignErrors, overlapErrors } from './campaigns.ts';
import { cdkQualifierOf, prefixOf, serviceNames, type StageConfig, type StaffIssuer } from './config.ts';
import { cloudFrontPrefixLists } from './edge/cloudfront-prefix-lists.ts';
import { isWhole, sizeErrors, spotErrors } from './task-check.ts';

/** A stage's configuration is invalid; the message lists every error. */
export class StageConfigError extends Error {
  override name = 'StageConfigError';
  readonly errors: readonly string[];

  constructor(stage: string, errors: readonly string[]) {
    super(`invalid configuration of stage ${stage}:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
    this.errors = errors;
  }
}

/** @throws StageConfigError with every error */
export function checkConfig(config: StageConfig): void {
  const errors = [
    ...placeErrors(config),
    ...networkErrors(config),
    ...accountErrors(config),
    ...restoreErrors(config),
    ...serviceNames.flatMap((name) => [...sizeErrors(`services.${name}`, config.services[name])]),
    ...spotErrors(config),
    ...config.campaigns.flatMap((campaign) => [...campaignErrors(campaign, config)]),
    ...overlapErrors(config.campaigns),
    ...issuerErrors(config),
    ...domainErrors(config),
    ...edgeErrors(config),
    ...shopErrors(config),
    ...alertErrors(config),
    ...reportErrors(config),
  ];
  if (errors.length > 0) throw new StageConfigError(config.stage, errors);
}

/** The values that CloudWatch Logs accepts. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
];

function* placeErrors(config: StageConfig): Generator<string> {
  const { stage, account, region } = config;
  // The longest queue name, fargate-orders-{stage}-fulfillment-dlq.fifo, must fit the 80 characters of SQS.
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) yield 'stage must be 1 to 20 lower-case characters a-z, digits or dashes';
  if (!/^[a-z][a-z0-9-]{0,9}$/.test(cdkQualifierOf(config)))
    yield 'cdkQualifier must be 1 to 10 lower-case characters a-z, digits or dashes; a stage with a longer name needs one';
  if (account !== undefined && !/^\d{12}$/.test(account)) yield 'account must have 12 digits';
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) yield 'region must be the name of a region, e.g. eu-west-1';
  else if (!(region in cloudFrontPrefixLists)) yield 'region must be listed in edge/cloudfront-prefix-lists.ts';
  if (!RETENTION_DAYS.includes(config.logRetentionDays))
    yield `logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}`;
}

function* networkErrors(config: StageConfig): Generator<string> {
  const { region, availabilityZones: zones, natGateways, vpcCidr, existingVpc, tokenIssuer, domain } = config;
  const count = typeof zones === 'number' ? zones : zones.length;
  if (!isWhole(count, 2, 6)) yield 'availabilityZones must be 2 to 6: a load balancer needs two';
  const isZone = new RegExp(`^${region}[a-z]$`);
  if (typeof zones !== 'number' && (zones.some((zone) => !isZone.test(zone)) || new Set(zones).size < count))
    yield `availabilityZones must be a number or different zones of the region, e.g. ${region}a`;
  if (!isWhole(natGateways, 0, count)) yield 'natGateways must be 0 to the number of availability zones';
  if (natGateways === 0 && !existingVpc && domain && tokenIssuer?.rs256 && !tokenIssuer.staff)
    yield 'natGateways must be 1 or more with tokenIssuer.rs256: the load balancer fetches the keys of the issuer';
  if (vpcCidr !== undefined && !isNetwork(vpcCidr, 16, 22))
    yield 'vpcCidr must be the first address of a network and its size, /16 to /22, e.g. 10.0.0.0/16';
  if (!existingVpc) return;
  const { id, cidr, privateSubnetIds } = existingVpc;
  if (!/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) yield 'existingVpc.id must be the id of a VPC, e.g. vpc-0a1b2c3d';
  if (!isNetwork(cidr, 16, 28)) yield 'existingVpc.cidr must be the range of the VPC, e.g. 10.1.0.0/16';
  if (typeof zones === 'number') yield 'availabilityZones must be names with existingVpc';
  if (
    privateSubnetIds.length !== count ||
    privateSubnetIds.some((subnet) => !/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/.test(subnet))
  )
    yield 'existingVpc.privateSubnetIds must be the id of a subnet for each of availabilityZones';
  if (natGateways > 0 || vpcCidr !== undefined)
    yield 'natGateways must be 0 and vpcCidr absent with existingVpc: they belong to an own VPC';
}

/** Whether the text is the first address of an IPv4 network with a size within these bounds. */
function isNetwork(cidr: string, largest: number, smallest: number): boolean {
  const [address = '', size = ''] = cidr.split('/');
  if (!isIPv4(address) || !/^\d\d$/.test(size) || !isWhole(Number(size), largest, smallest)) return false;
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return value % 2 ** (32 - Number(size)) === 0;
}

/** Settings that an organization requires of the accounts that it owns. */
function* accountErrors({
  permissionsBoundary,
  tags = {},
  backupCopyVaultArn,
  retainData,
}: StageConfig): Generator<string> {
  if (permissionsBoundary !== undefined && !/^[\w+=,.@-]{1,128}$/.test(permissionsBoundary))
    yield 'permissionsBoundary must be the name of a managed policy, without arn:';
  for (const [key, value] of Object.entries(tags)) {
    if (!/^[\w .:/=+@-]{1,128}$/.test(key) || !/^[\w .:/=+@-]{0,256}$/.test(value))
      yield `tags.${key} must have up to 128 characters and a value of up to 256: letters, digits, spaces and _ . : / = + - @`;
    if (/^aws:/i.test(key) || key === 'project' || key === 'stage') yield `tags.${key} is reserved`;
  }
  if (backupCopyVaultArn === undefined) return;
  if (!/^arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w-]+$/.test(backupCopyVaultArn))
    yield 'backupCopyVaultArn must be the ARN of a backup vault';
  if (!retainData) yield 'backupCopyVaultArn needs retainData: a stage that may lose its data has no backups';
}

function* restoreErrors(config: StageConfig): Generator<string> {
  const { region, restoredOrdersStreamArn: arn } = config;
  const table = `${prefixOf(config)}-${ordersTable.name}`;
  const pattern = new RegExp(`^arn:aws:dynamodb:${region}:\\d{12}:table/${table}/stream/.+$`);
  if (arn !== undefined && !pattern.test(arn))
    yield `restoredOrdersStreamArn must be the ARN of a stream of the table ${table} in ${region}`;
}

function* issuerErrors({ tokenIssuer, shopUrls, staffUrls }: StageConfig): Generator<string> {
  for (const [field, urls] of Object.entries({ shopUrls, staffUrls })) {
    for (const url of urls) {
      const { protocol, hostname } = URL.parse(url) ?? {};
      if (protocol !== 'https:' && !(protocol === 'http:' && hostname === 'localhost'))
        yield `${field} must be https URLs or start with http://localhost`;
    }
    if (!tokenIssuer && urls.length === 0)
      yield `${field} must not be empty without a tokenIssuer: nobody could sign in`;
  }
  if (!tokenIssuer) return;
  const { staff, rolesClaim } = tokenIssuer;
  yield* issuerFieldErrors('tokenIssuer', tokenIssuer);
  if (rolesClaim === '') yield 'tokenIssuer.rolesClaim must not be empty';
  if (!staff) return;
  yield* issuerFieldErrors('tokenIssuer.staff', staff);
  if (staff.issuer === tokenIssuer.issuer)
    yield 'tokenIssuer.staff.issuer must be another issuer than that of customers';
}

function* issuerFieldErrors(where: string, { issuer, jwksUrl, audience }: StaffIssuer): Generator<string> {
  for (const [field, url] of Object.entries({ issuer, jwksUrl })) {
    if (URL.parse(url)?.protocol !== 'https:') yield `${where}.${field} must be an https URL`;
  }
  if (audience === '') yield `${where}.audience must not be empty`;
}

function* domainErrors({ domain, region }: StageConfig): Generator<string> {
  if (!domain) return;
  if (!/^([a-z0-9-]+\.)+[a-z]{2,}$/.test(domain.name)) yield 'domain.name must be a host name in lower case';
  if (!domain.edgeCertificateArn.startsWith('arn:aws:acm:us-east-1:'))
    yield 'domain.edgeCertificateArn must be the ARN of a certificate in us-east-1, where CloudFront reads it';
  if (!domain.originCertificateArn.startsWith(`arn:aws:acm:${region}:`))
    yield `domain.originCertificateArn must be the ARN of a certificate in ${region}, where the load balancer is`;
}

function* edgeErrors({ edge, callerQuota }: StageConfig): Generator<string> {
  const quotaPerMinute = Math.max(10, Math.ceil((callerQuota.requests / callerQuota.windowSeconds) * 60));
  if (!isWhole(edge.requestsPerMinute, quotaPerMinute, 2_000_000_000))
    yield `edge.requestsPerMinute must be a whole number, at least ${quotaPerMinute}, the quota of a caller`;
}

function* shopErrors(config: StageConfig): Generator<string> {
  const { pricing, retainData, seller, callerQuota, events } = config;
  const { wholesaleApprovalLimit, maxTaxPercent, traceSampleRatio, eventDelaySeconds } = config;
  if (pricing.mode === 'open' && retainData)
    yield 'pricing.mode must be trusted or quote in a stage that keeps its data: with open, callers send any price';
  if (pricing.mode === 'quote' && URL.parse(pricing.jwksUrl)?.protocol !== 'https:')
    yield 'pricing.jwksUrl must be an https URL';
  if (seller.name === '' || seller.vatId === '') yield 'seller.name and seller.vatId must not be empty';
  if (!isTimeZone(seller.timeZone)) yield 'seller.timeZone must be the IANA name of a time zone, e.g. Europe/Berlin';
  const { address } = seller;
  if (address.length < 1 || address.length > 6 || address.some((line) => line === '' || line.includes('|')))
    yield 'seller.address must be 1 to 6 lines, none empty, without |';
  if (!isWhole(callerQuota.requests, 1, 1_000_000_000)) yield 'callerQuota.requests must be a whole number, at least 1';
  if (!isWhole(callerQuota.windowSeconds, 1, 3_600)) yield 'callerQuota.windowSeconds must be 1 to 3600';
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(events.typePrefix)) yield 'events.typePrefix must be a reverse-DNS name';
  if (events.source === '') yield 'events.source must not be empty';
  for (const [currency, limit] of Object.entries(wholesaleApprovalLimit)) {
    if (!isCurrency(currency)) yield `wholesaleApprovalLimit.${currency} must be the code of a currency in use`;
    if (!isWhole(limit, 0, 999_999_999_999_999))
      yield `wholesaleApprovalLimit.${currency} must be a whole number of minor units`;
  }
  if (Object.keys(wholesaleApprovalLimit).length === 0) yield 'wholesaleApprovalLimit must have a currency';
  if (!isWhole(maxTaxPercent, 0, 100)) yield 'maxTaxPercent must be a whole number from 0 to 100';
  if (!isWhole(eventDelaySeconds, 1, 20)) yield 'eventDelaySeconds must be 1 to 20';
  if (!(traceSampleRatio >= 0 && traceSampleRatio <= 1)) yield 'traceSampleRatio must be from 0 to 1';
}

function* alertErrors({ alertEmail, monthlyBudgetUsd, repositoryUrl }: StageConfig): Generator<string> {
  if (URL.parse(repositoryUrl)?.protocol !== 'https:' || repositoryUrl.endsWith('/'))
    yield 'repositoryUrl must be an https URL without a trailing slash';
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(alertEmail)) yield 'alertEmail must be an e-mail address';
  if (!(monthlyBudgetUsd > 0)) yield 'monthlyBudgetUsd must be above 0';
}

function* reportErrors({ reports }: StageConfig): Generator<string> {
  if (reports && !isWhole(reports.scanLimitGb, 1, 100_000)) yield 'reports.scanLimitGb must be 1 to 100000';
}
