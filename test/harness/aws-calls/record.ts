// Preloaded into the apps of a test run: appends each AWS call once to the file AWS_CALLS_FILE.
import { appendFileSync } from 'node:fs';
import { __Client as DynamoDbClient } from '@aws-sdk/client-dynamodb';
import { __Client as StreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { __Client as SnsClient } from '@aws-sdk/client-sns';
import { __Client as SqsClient } from '@aws-sdk/client-sqs';
import { awsCallsOf, type CommandInput } from './aws-call.ts';
import type { RecordedCall } from './recorded-call.ts';

interface CommandOutput {
  readonly output: { readonly ShardIterator?: string; readonly NextShardIterator?: string };
}

type Next = (args: { input: CommandInput }) => Promise<CommandOutput>;

/** The common part of all clients that is needed here. */
interface AnyClient {
  middlewareStack: { add(middleware: unknown, options: object): void };
  send: (...args: unknown[]) => unknown;
}

const { AWS_CALLS_FILE: file = '' } = process.env;
// Threads and children of an app inherit this preload, but are not apps.
const [, app] = /\/apps\/([^/]+)\/src\/main\.js$/.exec(process.argv[1] ?? '') ?? [];
const written = new Set<string>();
/** The stream of each shard iterator, since an iterator does not name it. */
const streamOf = new Map<string, string>();

function write(app: string, entry: Omit<RecordedCall, 'app'>): void {
  const line = `${JSON.stringify({ app, ...entry })}\n`;
  if (written.has(line)) return;
  written.add(line);
  // Synchronously: the process may get SIGKILL at any time.
  appendFileSync(file, line);
}

function recording(app: string) {
  return (next: Next, { commandName = '' }: { commandName?: string }) =>
    async (args: { input: CommandInput }): Promise<CommandOutput> => {
      const StreamArn = args.input.StreamArn ?? streamOf.get(args.input.ShardIterator ?? '') ?? '';
      try {
        for (const call of awsCallsOf(commandName, { ...args.input, StreamArn })) write(app, { call });
      } catch (error) {
        write(app, { error: (error as Error).message });
      }
      const answer = await next(args);
      const { ShardIterator, NextShardIterator } = answer.output;
      for (const iterator of [ShardIterator, NextShardIterator]) if (iterator) streamOf.set(iterator, StreamArn);
      return answer;
    };
}

/** Every client inherits from this class, so none is missed. */
function recordAll(Client: { prototype: AnyClient }, app: string): void {
  const { send } = Client.prototype;
  const recorded = new WeakSet<AnyClient>();
  Client.prototype.send = function (this: AnyClient, ...args: unknown[]): unknown {
    if (!recorded.has(this)) {
      recorded.add(this);
      this.middlewareStack.add(recording(app), { step: 'initialize', name: 'recordAwsCalls' });
    }
    return send.apply(this, args);
  };
}

if (file !== '' && app !== undefined) {
  // The classes are the same, unless npm has installed two versions.
  for (const Client of new Set<unknown>([DynamoDbClient, StreamsClient, SnsClient, SqsClient])) {
    recordAll(Client as { prototype: AnyClient }, app);
  }
}
