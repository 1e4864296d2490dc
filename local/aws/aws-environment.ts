import type { Ports } from '../ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where AWS is for a local run. */
export interface AwsEnvironment {
  /** Variables for every process that talks to AWS, over its own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Which emulators must be started, because no endpoint was given. */
  readonly emulated: { readonly sqsAndSns: boolean; readonly dynamodb: boolean };
  readonly faults: readonly string[];
}

const ENDPOINT_VARIABLES = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_SQS',
  'AWS_ENDPOINT_URL_SNS',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
];

/** Endpoints given by the SDK's own variables are used as they are; the others become emulators on our ports. */
export function readAwsEnvironment(env: Environment, ports: Ports): AwsEnvironment {
  const given = (name: string): string | undefined => env[name] || env['AWS_ENDPOINT_URL'] || undefined;
  const sqs = given('AWS_ENDPOINT_URL_SQS');
  const sns = given('AWS_ENDPOINT_URL_SNS');
  const dynamodb = given('AWS_ENDPOINT_URL_DYNAMODB');
  const streams = given('AWS_ENDPOINT_URL_DYNAMODB_STREAMS') ?? dynamodb;
  const emulated = { sqsAndSns: sqs === undefined && sns === undefined, dynamodb: dynamodb === undefined };
  const awsPort = `http://127.0.0.1:${ports.AWS_PORT}`;
  const dynamodbPort = `http://127.0.0.1:${ports.DYNAMODB_PORT}`;
  return {
    env: {
      AWS_ENDPOINT_URL_SQS: sqs ?? awsPort,
      AWS_ENDPOINT_URL_SNS: sns ?? awsPort,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb ?? dynamodbPort,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: streams ?? dynamodbPort,
      // Set to true somewhere in a profile of the shell, it would send all this to the real AWS.
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
      AWS_REGION: env['AWS_REGION'] || 'eu-west-1',
      ...credentials(env, emulated),
    },
    emulated,
    faults: endpointFaults(env),
  };
}

/**
 * The SDK sends nothing without credentials, but emulators take any: where only emulators run, a profile whose login
 * ended must not matter. An endpoint that was given gets the credentials of the shell, if there are any.
 */
function credentials(env: Environment, emulated: AwsEnvironment['emulated']): Record<string, string> {
  const dummy = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  if (emulated.sqsAndSns && emulated.dynamodb) return { ...dummy, AWS_SESSION_TOKEN: '', AWS_PROFILE: '' };
  const emulates = emulated.sqsAndSns || emulated.dynamodb;
  return emulates && !env['AWS_ACCESS_KEY_ID'] && !env['AWS_PROFILE'] ? dummy : {};
}

function endpointFaults(env: Environment): string[] {
  const faults = ENDPOINT_VARIABLES.filter((name) => env[name] && !/^https?:$/.test(protocolOf(env[name]))).map(
    (name) => `${name} must be an http or https URL`,
  );
  if (env['AWS_ENDPOINT_URL']) return faults;
  if (!env['AWS_ENDPOINT_URL_SQS'] !== !env['AWS_ENDPOINT_URL_SNS'])
    faults.push('AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SNS go together: SNS delivers into the queues');
  if (env['AWS_ENDPOINT_URL_DYNAMODB_STREAMS'] && !env['AWS_ENDPOINT_URL_DYNAMODB'])
    faults.push('AWS_ENDPOINT_URL_DYNAMODB_STREAMS needs AWS_ENDPOINT_URL_DYNAMODB: the stream belongs to the table');
  return faults;
}

function protocolOf(url = ''): string {
  return URL.parse(url)?.protocol ?? '';
}
