// Preloaded into the apps of a test run: writes each AWS call of theirs, once, to the file that AWS_CALLS_FILE names.
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

/** What the clients have in common that is needed here. */
interface AnyClient {
  middlewareStack: { add(middleware: unknown, options: object): void };
  send: (...args: unknown[]) => unknown;
}

const { AWS_CALLS_FILE: file = '' } = process.env;
// Threads and children of an app inherit this preload, and are none.
const [, app] = /\/apps\/([^/]+)\/src\/main\.js$/.exec(process.argv[1] ?? '') ?? [];
const written = new Set<string>();
/** The stream of each iterator, which does not name it. */
const streamOf = new Map<string, string>();

function write(app: string, said: Omit<RecordedCall, 'app'>): void {
  const line = `${JSON.stringify({ app, ...said })}\n`;
  if (written.has(line)) return;
  written.add(line);
  // At once: the next moment may be a SIGKILL.
  appendFileSync(file, line);
}

function recording(app: string) {
  return (next: Next, { commandName = '' }: { commandName?: string }) =>
    async (args: { input: CommandInput }): Promise<CommandOutput> => {
      const StreamArn = args.input.StreamArn ?? streamOf.get(args.input.ShardIterator ?? '') ?? '';
      try {
        for (const call of awsCallsOf(commandName, { ...args.input, StreamArn })) write(app, { call });
      } catch (error) {
        write(app, { fault: (error as Error).message });
      }
      const answer = await next(args);
      const { ShardIterator, NextShardIterator } = answer.output;
      for (const iterator of [ShardIterator, NextShardIterator]) if (iterator) streamOf.set(iterator, StreamArn);
      return answer;
    };
}

/** Every client is of this class, whatever makes it, so none is missed. */
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
  // One class, unless npm has installed two versions of it.
  for (const Client of new Set<unknown>([DynamoDbClient, StreamsClient, SnsClient, SqsClient])) {
    recordAll(Client as { prototype: AnyClient }, app);
  }
}
