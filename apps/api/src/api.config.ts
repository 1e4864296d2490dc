import { IsOptional } from 'class-validator';
import {
  HttpUrl,
  Name,
  Names,
  Origins,
  Port,
  ReverseDnsName,
  Secrets,
  ServiceConfig,
  WholeNumber,
} from '#libs/configuration';

/** The api's environment. */
export class ApiConfig extends ServiceConfig {
  @Port()
  API_PORT = 3000;

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

  /** `iss` of the tokens. */
  @HttpUrl()
  AUTH_ISSUER!: string;

  /** For whom the tokens are, separated by commas; one of them is enough. */
  @Names()
  AUTH_AUDIENCE!: string[];

  /** The claim that says so: `client_id` for the access tokens of Cognito, which have no `aud`. */
  @Name()
  AUTH_AUDIENCE_CLAIM = 'aud';

  /** Where the issuer publishes its keys. */
  @HttpUrl()
  AUTH_JWKS_URL!: string;

  /** The claim that lists a caller's roles. */
  @Name()
  AUTH_ROLES_CLAIM = 'roles';

  /** Scopes that begin so are roles, e.g. `orders/fulfillment` with `orders/`; without it none is. */
  @IsOptional()
  @Name()
  AUTH_ROLE_SCOPE_PREFIX?: string;

  /** Of the pages that may call from a browser, separated by commas; without it none may. */
  @Origins()
  CORS_ORIGINS: string[] = [];

  /** As the relay's: what `/asyncapi.json` says of the events. */
  @ReverseDnsName()
  EVENT_TYPE_PREFIX = 'com.example.orders';

  @Name()
  EVENT_SOURCE = '/fargate-orders';

  /** Requests that one caller may make in a window, to one instance of the api. */
  @WholeNumber(1, 1_000_000_000)
  RATE_LIMIT_REQUESTS = 6_000;

  @WholeNumber(1, 3_600)
  RATE_LIMIT_WINDOW_SECONDS = 60;
}
