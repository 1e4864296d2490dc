import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { awsClients } from '../../local/aws/aws-clients.ts';
import { startLocalAws, type LocalAws } from '../../local/aws/local-aws.ts';
import { freeRunPorts } from '../../local/taken-ports.ts';

/** The emulators of AWS with all resources, on free ports, for tests of adapters. */
export class EmbeddedAws {
  /** The names of the SDK commands that `sqs` and `dynamodb` have sent. */
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
    return new EmbeddedAws(await startLocalAws({ ports: await freeRunPorts() }));
  }

  /** A new client whose calls are not counted. */
  sqsClient(): SQSClient {
    return awsClients(this.aws.env).sqs;
  }

  /** A new client whose calls are not counted. */
  dynamodbClient(): DynamoDBClient {
    return awsClients(this.aws.env).dynamodb;
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
