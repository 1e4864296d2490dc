import { IsOptional } from 'class-validator';
import { ConfigurationError, HttpUrl, loadConfiguration, Name, Port, ServiceConfig } from '#libs/configuration';
import { stages } from '../../../infra/lib/stages.ts';

/** The console's environment. */
export class ConsoleConfig extends ServiceConfig {
  @Port()
  CONSOLE_PORT = 3004;

  /** The api that carries out commands. */
  @HttpUrl()
  API_URL!: string;

  /** Where the api, the worker and the stream-relay answer `/health/ready`. A stage has CloudWatch instead. */
  @IsOptional()
  @HttpUrl()
  WORKER_URL?: string;

  @IsOptional()
  @HttpUrl()
  RELAY_URL?: string;

  /** `iss` of the tokens of staff. */
  @HttpUrl()
  AUTH_ISSUER!: string;

  /** The claim that lists a person's roles, as for the api. */
  @Name()
  AUTH_ROLES_CLAIM = 'roles';

  /** Where the issuer publishes its keys, if not where its discovery document says. */
  @IsOptional()
  @HttpUrl()
  AUTH_JWKS_URL?: string;

  /** The client of the staff's sign-in page. Without it, people sign in at the token issuer for development. */
  @IsOptional()
  @Name()
  AUTH_CLIENT_ID?: string;
}

/** @throws ConfigurationError with every error. A stage never uses the token issuer for development. */
export function readConfig(stageName: string | undefined, variables: NodeJS.ProcessEnv): ConsoleConfig {
  const config = loadConfiguration(ConsoleConfig, { ...stageVariables(stageName), ...variables });
  if (stageName === undefined || config.AUTH_CLIENT_ID !== undefined) return config;
  throw new ConfigurationError(['AUTH_CLIENT_ID is missing: the id of the client with which staff sign in']);
}

/** What the configuration of a stage says; the rest is among the outputs of its deployment. */
function stageVariables(stageName: string | undefined): Record<string, string> {
  const stage = stageName === undefined ? undefined : stages[stageName];
  if (!stage) return {};
  const { region, domain, tokenIssuer } = stage;
  return {
    AWS_REGION: region,
    AUTH_ROLES_CLAIM: tokenIssuer?.rolesClaim ?? 'cognito:groups',
    ...(domain && { API_URL: `https://${domain.name}` }),
    ...(tokenIssuer && { AUTH_ISSUER: (tokenIssuer.staff ?? tokenIssuer).issuer }),
  };
}
