// npm run events -- inventory: prints that service's events as they arrive, until Ctrl-C.
import { GetQueueUrlCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { applyIfNewer, InMemoryStore, readOrderEvent } from '#libs/order-events';
import { eventConsumerNames, eventConsumers } from '#libs/resources';
import { failUsage, readArguments } from './arguments.ts';
import { awsClients } from './aws/aws-clients.ts';
import { readAwsEnvironment } from './aws/aws-environment.ts';
import { followQueue } from './aws/queue-reader.ts';
import { eventLine, unreadableLine } from './event-line.ts';
import { readPorts } from './ports.ts';

const LONG_POLL_SECONDS = 20;
const USAGE = `usage: npm run events -- <service> [--json]   services: ${eventConsumerNames.join(', ')}
--json prints one JSON document a line, which is the default when the output is not a terminal`;

type Print = (message: Message) => void | Promise<void>;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Prints a message as one line, for programs. */
function printJson({ Body = '' }: Message): void {
  try {
    console.log(JSON.stringify(JSON.parse(Body)));
  } catch {
    console.log(Body);
  }
}

/** Prints events for a terminal, and marks repeated deliveries since the start. */
function linePrinter(): Print {
  const store = new InMemoryStore(undefined);
  return async ({ Body = '' }) => {
    try {
      const received = readOrderEvent(Body);
      console.log(eventLine(received, await applyIfNewer(received, store, () => undefined)));
    } catch (error) {
      console.log(unreadableLine(Body, error));
    }
  };
}

async function queueUrl(sqs: SQSClient, name: string): Promise<string> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;
  } catch (error) {
    const reason = (error as Error).message || (error as Error).name;
    return fail(`no queue ${name} at ${aws.env['AWS_ENDPOINT_URL_SQS']}: is npm start running? (${reason})`);
  }
}

const { positionals, values: options } = readArguments(USAGE, {
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const consumer = eventConsumers.find(({ name }) => name === positionals[0]);
if (!consumer || positionals.length > 1)
  failUsage(`expected one service, got ${positionals.join(' ') || 'none'}`, USAGE);
const { ports, errors } = readPorts(process.env);
const aws = readAwsEnvironment(process.env, ports);
if (errors.length + aws.errors.length > 0) fail([...errors, ...aws.errors].join('\n'));

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
// The output was closed, for example by | head.
process.stdout.on('error', () => process.exit(0));

const { sqs } = awsClients(aws.env);
const url = await queueUrl(sqs, consumer.queue.name);
const print = options.json || !process.stdout.isTTY ? printJson : linePrinter();
console.error(`events for ${consumer.name} as they arrive; printed events are deleted from the queue. Ctrl-C ends.`);
try {
  await followQueue({ sqs, queueUrl: url, waitSeconds: LONG_POLL_SECONDS, signal: interrupted.signal }, print);
} catch (error) {
  fail(`cannot read ${url}: ${(error as Error).message || String(error)}`);
}
process.exit(0);
