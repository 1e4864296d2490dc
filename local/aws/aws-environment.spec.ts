import { defaultPorts } from '../ports.ts';
import { readAwsEnvironment } from './aws-environment.ts';

const read = (env: Record<string, string>) => readAwsEnvironment(env, defaultPorts);

describe('readAwsEnvironment', () => {
  it('emulates all services without an endpoint, regardless of the other AWS variables of the shell', () => {
    const { env, emulated, errors } = read({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true', AWS_PROFILE: 'production' });
    expect(errors).toEqual([]);
    expect(emulated).toEqual({ sqsAndSns: true, dynamodb: true });
    expect(env).toEqual({
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4566',
      AWS_ENDPOINT_URL_SNS: 'http://127.0.0.1:4566',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://127.0.0.1:8000',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
    });
  });

  it('reads the streams at the endpoint of the table, and keeps the region and the credentials of the shell', () => {
    const { env, emulated } = read({
      AWS_ENDPOINT_URL_DYNAMODB: 'http://db:8000',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'mine',
    });
    expect(emulated).toEqual({ sqsAndSns: true, dynamodb: false });
    expect(env).toMatchObject({ AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://db:8000', AWS_REGION: 'us-east-1' });
    expect(env).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });

  it('emulates nothing with one endpoint for all services', () => {
    const { env, emulated } = read({ AWS_ENDPOINT_URL: 'http://aws:4566', AWS_ENDPOINT_URL_SNS: 'http://sns:4566' });
    expect(emulated).toEqual({ sqsAndSns: false, dynamodb: false });
    expect(env).toMatchObject({
      AWS_ENDPOINT_URL_SQS: 'http://aws:4566',
      AWS_ENDPOINT_URL_SNS: 'http://sns:4566',
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://aws:4566',
    });
  });

  it('lists every error', () => {
    const { errors } = read({ AWS_ENDPOINT_URL_SQS: 'sqs', AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://db:8000' });
    expect(errors).toEqual([
      'AWS_ENDPOINT_URL_SQS must be an http or https URL',
      'AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_SNS go together: SNS delivers into the queues',
      'AWS_ENDPOINT_URL_DYNAMODB_STREAMS needs AWS_ENDPOINT_URL_DYNAMODB: the stream belongs to the table',
    ]);
  });
});
