import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { readDeadLetter, type ReadDeadLetter } from '#libs/dynamodb-streams';
import type { AppInstance, StreamHealth } from '../../local/app-instance.ts';
import type { LocalAws } from '../../local/aws/local-aws.ts';
import { takeMessages } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { AwsCallRecording } from './aws-calls/aws-call-recording.ts';
import { deadline } from './deadline.ts';
import { LogLines } from './log-lines.ts';
import { ServiceInbox } from './service-inbox.ts';
import { TopicRecorder } from './topic-recorder.ts';

const HEALTH_TIMEOUT_MS = 30_000;

/** A process of the stream relay. It is not started again when it ends. */
export interface Relay {
  name: string;
  instance: AppInstance;
  logs: LogLines;
}

/** Several stream relays on one orders table, each with its own endpoint for the topic. */
export class Relays {
  readonly aws: LocalAws;
  readonly topic: TopicRecorder;
  readonly dynamodb: DynamoDBClient;
  readonly inventory: ServiceInbox;
  readonly running: Relay[] = [];
  readonly sqs: SQSClient;
  private readonly recording = new AwsCallRecording();

  private constructor(
    private readonly pipeline: LocalPipeline,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.aws = pipeline.aws;
    this.topic = new TopicRecorder(pipeline.aws.env['AWS_ENDPOINT_URL_SNS'] ?? '');
    this.dynamodb = pipeline.clients.dynamodb;
    this.sqs = pipeline.clients.sqs;
    this.inventory = new ServiceInbox(this.sqs, this.aws.resources.consumerQueueUrls.inventory);
  }

  /**
   * Starts the emulators without a relay. With `AWS_ENDPOINT_URL_DYNAMODB` it uses the DynamoDB there.
   * @param env Variables of each relay
   */
  static async prepare(env: Readonly<Record<string, string>> = {}): Promise<Relays> {
    // DynamoDB Local separates data by access key.
    if (process.env['AWS_ENDPOINT_URL_DYNAMODB']) {
      Object.assign(process.env, {
        AWS_ACCESS_KEY_ID: `run${randomUUID().slice(0, 8)}`,
        AWS_SECRET_ACCESS_KEY: 'local',
      });
    }
    return new Relays(await LocalPipeline.prepare({ given: process.env }), env);
  }

  /** Starts another relay, and resolves when it has started. */
  async start(name: string): Promise<Relay> {
    const logs = new LogLines();
    const env = {
      ...this.recording.env,
      ...this.env,
      LOG_LEVEL: 'info',
      AWS_ENDPOINT_URL_SNS: await this.topic.endpointFor(name),
    };
    const [port = 0] = await freePorts(1);
    const options = { name, env, write: logs.write, restarts: false };
    const relay = { name, instance: this.pipeline.startApp('stream-relay', port, options), logs };
    this.running.push(relay);
    await logs.find(`${name} started`, ({ event }) => event === 'service_started');
    return relay;
  }

  /** The relay that owns the shard. @throws Error when none does */
  async owner(): Promise<Relay> {
    const health = await Promise.all(this.running.map((relay) => this.health(relay)));
    const owned = health.map(({ shards }) => shards.some(({ isOwn }) => isOwn));
    const position = owned.indexOf(true);
    if (position < 0) throw new Error(`expected a relay to own the shard, they own ${owned.join(', ')}`);
    return this.running[position]!;
  }

  /** Ends a relay with a signal, and resolves when its process has ended. */
  async end(relay: Relay, signal: NodeJS.Signals): Promise<void> {
    this.running.splice(this.running.indexOf(relay), 1);
    await relay.instance.stop(signal);
  }

  async stop(): Promise<void> {
    await this.inventory.stop();
    await this.pipeline.stop();
    this.topic.close();
    this.recording.check();
  }

  /** Reads the health of the stream from a relay. */
  health({ instance }: Relay): Promise<StreamHealth> {
    return instance.streamHealth(HEALTH_TIMEOUT_MS);
  }

  /** Waits for this many messages in the relays' dead-letter queue, and removes them. */
  async deadLetters(count: number): Promise<ReadDeadLetter[]> {
    const queue = { sqs: this.sqs, queueUrl: this.aws.resources.relayDeadLetterQueueUrl };
    const deadLetters: ReadDeadLetter[] = [];
    const end = deadline(`${count} dead letters`);
    try {
      while (deadLetters.length < count) {
        const [message] = await Promise.race([takeMessages({ ...queue, waitSeconds: 1, most: 1 }), end.passed]);
        if (message) deadLetters.push(readDeadLetter(message.Body ?? ''));
      }
    } finally {
      end.clear();
    }
    return deadLetters;
  }
}
