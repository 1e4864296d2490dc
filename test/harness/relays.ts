import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { readDeadLetter, type ReadDeadLetter, type StreamConsumerStatus } from '#libs/dynamodb-streams';
import type { HealthReport } from '#libs/service';
import { appEnvironments } from '../../local/apps.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts } from '../../local/ports.ts';
import { nodePath } from '../../local/processes/local-script.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { AwsCallRecording } from './aws-calls/aws-call-recording.ts';
import { deadline } from './deadline.ts';
import { LogLines } from './log-lines.ts';
import { ServiceInbox } from './service-inbox.ts';
import { TopicRecorder } from './topic-recorder.ts';

const RELAY = join(import.meta.dirname, '../../dist/apps/stream-relay/src/main.js');

/** A stream relay as a process of its own, which nobody starts again. */
export interface Relay {
  name: string;
  process: ChildProcess;
  port: number;
  logs: LogLines;
}

/** A relay's own report of its stream. */
export type StreamHealth = HealthReport & Pick<StreamConsumerStatus, 'shards'> & { quarantinedOrders: number };

/** Several stream relays on one orders table, each with its own way to the topic. */
export class Relays {
  readonly dynamodb: DynamoDBClient;
  readonly inventory: ServiceInbox;
  readonly running: Relay[] = [];
  readonly sqs: SQSClient;
  private readonly recording = new AwsCallRecording();

  private constructor(
    readonly aws: LocalAws,
    readonly topic: TopicRecorder,
  ) {
    const region = aws.env['AWS_REGION'] ?? '';
    const { AWS_ACCESS_KEY_ID = 'local', AWS_SECRET_ACCESS_KEY = 'local' } = { ...process.env, ...aws.env };
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    this.dynamodb = new DynamoDBClient({ region, credentials, endpoint: aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' });
    const endpoint = aws.env['AWS_ENDPOINT_URL_SQS'] ?? '';
    this.sqs = new SQSClient({ region, credentials, endpoint, useQueueUrlAsEndpoint: false });
    this.inventory = new ServiceInbox(this.sqs, aws.resources.consumerQueueUrls.inventory);
  }

  /** The emulators without a relay; with DynamoDB elsewhere if `AWS_ENDPOINT_URL_DYNAMODB` says so. */
  static async prepare(): Promise<Relays> {
    // DynamoDB Local keeps the data of each access key apart.
    if (process.env['AWS_ENDPOINT_URL_DYNAMODB']) {
      Object.assign(process.env, {
        AWS_ACCESS_KEY_ID: `run${randomUUID().slice(0, 8)}`,
        AWS_SECRET_ACCESS_KEY: 'local',
      });
    }
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    const aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT }, env: process.env });
    return new Relays(aws, new TopicRecorder(aws.env['AWS_ENDPOINT_URL_SNS'] ?? ''));
  }

  /** Starts one more and resolves when it says so. */
  async start(name: string): Promise<Relay> {
    const [port = 0] = await freePorts(1);
    const { resources, env } = this.aws;
    const variables = appEnvironments({ ...defaultPorts, RELAY_PORT: port }, resources, {} as never)['stream-relay'];
    const child = spawn(nodePath, ['--enable-source-maps', RELAY], {
      env: {
        ...process.env,
        ...env,
        ...variables,
        ...this.recording.env,
        LOG_LEVEL: 'info',
        AWS_ENDPOINT_URL_SNS: await this.topic.endpointOf(name),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const relay = { name, process: child, port, logs: new LogLines() };
    createInterface(child.stdout).on('line', (line) => relay.logs.write(name, line));
    this.running.push(relay);
    await relay.logs.find(`${name} started`, ({ event }) => event === 'service_started');
    return relay;
  }

  /** The one that claimed a shard last and has not died since. */
  async owner(): Promise<Relay> {
    const owned = await Promise.all(this.running.map((relay) => this.shardsOf(relay)));
    const position = owned.findIndex((count) => count > 0);
    if (position < 0) throw new Error(`expected a relay to own the shard, they own ${owned.join(', ')}`);
    return this.running[position]!;
  }

  /** Ends one and resolves when it is gone. */
  async end(relay: Relay, signal: NodeJS.Signals): Promise<void> {
    this.running.splice(this.running.indexOf(relay), 1);
    const gone = once(relay.process, 'exit');
    relay.process.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    await this.inventory.stop();
    for (const relay of this.running.slice()) {
      relay.process.kill('SIGCONT');
      await this.end(relay, 'SIGTERM');
    }
    this.topic.close();
    this.sqs.destroy();
    this.dynamodb.destroy();
    await this.aws.stop();
    this.recording.check();
  }

  /** What a relay says of its stream. */
  async health({ port }: Relay): Promise<StreamHealth> {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    const { dependencies } = (await response.json()) as { dependencies: { ordersStream: StreamHealth } };
    return dependencies.ordersStream;
  }

  /** Takes that many letters off the relays' dead-letter queue, as soon as they are there. */
  async deadLetters(count: number): Promise<ReadDeadLetter[]> {
    const QueueUrl = this.aws.resources.relayDeadLetterQueueUrl;
    const letters: ReadDeadLetter[] = [];
    const end = deadline(`${count} dead letters`);
    const receive = () => this.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    try {
      while (letters.length < count) {
        const { Messages: [message] = [] } = await Promise.race([receive(), end.passed]);
        if (!message) continue;
        letters.push(readDeadLetter(message.Body ?? ''));
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      }
    } finally {
      end.clear();
    }
    return letters;
  }

  private async shardsOf(relay: Relay): Promise<number> {
    return (await this.health(relay)).shards.filter(({ mine }) => mine).length;
  }
}
