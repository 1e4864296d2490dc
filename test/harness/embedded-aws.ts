import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startLocalAws, type LocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';

const CONNECTION = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** The emulators with all resources, on ports of their own, for tests of adapters. */
export class EmbeddedAws {
  /** Names of the SDK commands that `sqs` and `dynamodb` were given. */
  readonly calls: string[] = [];
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;

  private constructor(private readonly aws: LocalAws) {
    this.sqs = this.sqsClient();
    this.dynamodb = this.dynamodbClient();
    this.sqs.middlewareStack.add(this.count, { step: 'initialize' });
    this.dynamodb.middlewareStack.add(this.count, { step: 'initialize' });
  }

  static async start(): Promise<EmbeddedAws> {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    return new EmbeddedAws(await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } }));
  }

  /** A client of its own, whose calls are not counted. */
  sqsClient(): SQSClient {
    const endpoint = this.aws.env['AWS_ENDPOINT_URL_SQS'] ?? '';
    return new SQSClient({ ...CONNECTION, endpoint, useQueueUrlAsEndpoint: false });
  }

  /** A client of its own, whose calls are not counted. */
  dynamodbClient(): DynamoDBClient {
    return new DynamoDBClient({ ...CONNECTION, endpoint: this.aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' });
  }

  get resources(): LocalAws['resources'] {
    return this.aws.resources;
  }

  callsOf(command: string): number {
    return this.calls.filter((name) => name === command).length;
  }

  private readonly count = <Args, Output>(next: (args: Args) => Promise<Output>, context: { commandName?: string }) => {
    return (args: Args): Promise<Output> => {
      this.calls.push(String(context.commandName));
      return next(args);
    };
  };

  async stop(): Promise<void> {
    this.sqs.destroy();
    this.dynamodb.destroy();
    await this.aws.stop();
  }
}
