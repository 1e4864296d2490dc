import type { Ports } from '../ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const ENDPOINT_VARIABLES = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_SQS',
  'AWS_ENDPOINT_URL_SNS',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
];

/** Reads the endpoints in the SDK's own variables. Without an endpoint, a service is an emulator on the given port. */
export function readAwsEnvironment(env: Environment, ports: Ports) {
  const given = (name: string): string | undefined => env[name] || env['AWS_ENDPOINT_URL'] || undefined;
  const sqs = given('AWS_ENDPOINT_URL_SQS');
  const sns = given('AWS_ENDPOINT_URL_SNS');
  const dynamodb = given('AWS_ENDPOINT_URL_DYNAMODB');
  const streams = given('AWS_ENDPOINT_URL_DYNAMODB_STREAMS') ?? dynamodb;
  /** The emulators to start, because no endpoint was given. */
  const emulated = { sqsAndSns: sqs === undefined && sns === undefined, dynamodb: dynamodb === undefined };
  const awsPort = `http://127.0.0.1:${ports.AWS_PORT}`;
  const dynamodbPort = `http://127.0.0.1:${ports.DYNAMODB_PORT}`;
  return {
    /** Variables for every process that calls AWS, over its own environment. */
    env: {
      AWS_ENDPOINT_URL_SQS: sqs ?? awsPort,
      AWS_ENDPOINT_URL_SNS: sns ?? awsPort,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb ?? dynamodbPort,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: streams ?? dynamodbPort,
      // A profile of the shell that sets this to true would send all calls to the real AWS.
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
      AWS_REGION: env['AWS_REGION'] || 'eu-west-1',
      ...credentials(env, emulated),
    } as Readonly<Record<string, string>>,
    emulated,
    errors: endpointErrors(env),
  };
}

/**
 * The SDK needs credentials, and emulators accept any. With emulators only, an expired login of a profile has no effect. A
 * given endpoint is called with the credentials of the shell, if there are any.
 */
function credentials(env: Environment, emulated: { sqsAndSns: boolean; dynamodb: boolean }): Record<string, string> {
  const dummy = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  if (emulated.sqsAndSns && emulated.dynamodb) return { ...dummy, AWS_SESSION_TOKEN: '', AWS_PROFILE: '' };
  const emulates = emulated.sqsAndSns || emulated.dynamodb;
  return emulates && !env['AWS_ACCESS_KEY_ID'] && !env['AWS_PROFILE'] ? dummy : {};
}

function endpointErrors(env: Environment): string[] {
  const errors = ENDPOINT_VARIABLES.filter((name) => env[name] && !/^https?:$/.test(protocolOf(env[name]))).map(
    (name) => `${name} must be an http or https URL`,
  );
  if (env['AWS_ENDPOINT_URL']) return errors;
  if (!env['AWS_ENDPOINT_URL_SQS'] !== !env['AWS_ENDPOINT_URL_SNS'])
    errors.push('AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SNS go together: SNS delivers into the queues');
  if (env['AWS_ENDPOINT_URL_DYNAMODB_STREAMS'] && !env['AWS_ENDPOINT_URL_DYNAMODB'])
    errors.push('AWS_ENDPOINT_URL_DYNAMODB_STREAMS needs AWS_ENDPOINT_URL_DYNAMODB: the stream belongs to the table');
  return errors;
}

function protocolOf(url = ''): string {
  return URL.parse(url)?.protocol ?? '';
}
