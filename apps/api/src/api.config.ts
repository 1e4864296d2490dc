import { IsIn, IsOptional, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import {
  HttpUrl,
  Name,
  Names,
  Origins,
  Port,
  ReverseDnsName,
  Secrets,
  ServiceConfig,
  TimeZone,
  WholeNumber,
} from '#libs/configuration';
import { SQS_CALLS, type SqsCalls } from '#libs/service';
import { type Pricing, PRICING_NAMES } from './orders/order-pricing.ts';

/** The api's environment. */
export class ApiConfig extends ServiceConfig {
  @Port()
  API_PORT = 3000;

  /** `direct` makes frequent calls to SQS without the middleware of the AWS SDK, which saves CPU time; `sdk` makes all with it. */
  @IsIn(SQS_CALLS)
  SQS_CALLS: SqsCalls = 'direct';

  @HttpUrl()
  ORDERS_QUEUE_URL!: string;

  @Name()
  ORDERS_TABLE!: string;

  @Name()
  COMMAND_OUTCOMES_TABLE!: string;

  @Name()
  ORDER_BATCHES_TABLE!: string;

  /** Secrets that sign order ids and command ids, separated by commas; the first signs, all are accepted. */
  @Secrets(32)
  ORDER_ID_KEYS!: string[];

  /** Who may name the prices of an order: docs/pricing.md. */
  @IsIn(PRICING_NAMES)
  PRICING!: Pricing;

  /** Where the shop publishes the keys that sign its quotes. */
  @ValidateIf(({ PRICING }: ApiConfig) => PRICING === 'quote')
  @HttpUrl()
  PRICING_JWKS_URL?: string;

  /** `iss` of the tokens. */
  @HttpUrl()
  AUTH_ISSUER!: string;

  /** The accepted audiences of tokens, separated by commas; a token needs one of them. */
  @Names()
  AUTH_AUDIENCE!: string[];

  /** The claim with the audience: `client_id` for the access tokens of Cognito, which have no `aud`. */
  @Name()
  AUTH_AUDIENCE_CLAIM = 'aud';

  /** Where the issuer publishes its keys. */
  @HttpUrl()
  AUTH_JWKS_URL!: string;

  /** The claim that lists a caller's roles. */
  @Name()
  AUTH_ROLES_CLAIM = 'roles';

  /** Scopes with this prefix are roles of services, e.g. `orders/fulfillment` with `orders/`; without it, scopes are ignored. */
  @IsOptional()
  @Name()
  AUTH_ROLE_SCOPE_PREFIX?: string;

  /** An issuer of their own for staff and services; without it, `AUTH_ISSUER` gives every role. All three variables or none. */
  @ValidateIf(hasStaffIssuer)
  @HttpUrl()
  @AnotherIssuer()
  AUTH_STAFF_ISSUER?: string;

  @ValidateIf(hasStaffIssuer)
  @Names()
  AUTH_STAFF_AUDIENCE?: string[];

  @ValidateIf(hasStaffIssuer)
  @HttpUrl()
  AUTH_STAFF_JWKS_URL?: string;

  /** The days in `from` and `to` of a list of orders are in this time zone. */
  @TimeZone()
  SELLER_TIME_ZONE!: string;

  /** The origins of pages that may call from a browser, separated by commas; by default none. */
  @Origins()
  CORS_ORIGINS: string[] = [];

  /** The highest rate of tax that the shop charges, or more: an order with more tax is refused. */
  @WholeNumber(0, 100)
  MAX_TAX_PERCENT = 30;

  /** The same as the relay's; `/asyncapi.json` shows it. */
  @ReverseDnsName()
  EVENT_TYPE_PREFIX = 'com.example.orders';

  @Name()
  EVENT_SOURCE = '/fargate-orders';

  /** The requests that one caller may send to one instance of the api in a window. */
  @WholeNumber(1, 1_000_000_000)
  RATE_LIMIT_REQUESTS = 6_000;

  @WholeNumber(1, 3_600)
  RATE_LIMIT_WINDOW_SECONDS = 60;
}

function hasStaffIssuer({ AUTH_STAFF_ISSUER, AUTH_STAFF_AUDIENCE, AUTH_STAFF_JWKS_URL }: ApiConfig): boolean {
  return [AUTH_STAFF_ISSUER, AUTH_STAFF_AUDIENCE, AUTH_STAFF_JWKS_URL].some((value) => value !== undefined);
}

/** With one issuer for both, it would be open which roles it may give. */
function AnotherIssuer(): PropertyDecorator {
  const validate = (value: unknown, args?: ValidationArguments) =>
    value !== (args as { object: ApiConfig } | undefined)?.object.AUTH_ISSUER;
  const defaultMessage = () => 'must be another issuer than AUTH_ISSUER';
  return ValidateBy({ name: 'isAnotherIssuer', validator: { validate, defaultMessage } });
}
