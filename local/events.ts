// npm run events -- inventory: prints that service's events as they arrive, until Ctrl-C.
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { eventConsumerNames, eventConsumers } from '#libs/resources';
import { awsClients } from './aws/aws-clients.ts';
import { readAwsEnvironment } from './aws/aws-environment.ts';
import { readPorts } from './ports.ts';

const LONG_POLL_SECONDS = 20;
const MOST_MESSAGES = 10;

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** One line for a program that reads; indented for a person at a terminal. */
function print({ Body = '' }: Message): void {
  try {
    console.log(JSON.stringify(JSON.parse(Body), null, process.stdout.isTTY ? 2 : 0));
  } catch {
    console.log(Body);
  }
}

async function printNext(sqs: SQSClient, QueueUrl: string, abortSignal: AbortSignal): Promise<void> {
  const { Messages: messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: LONG_POLL_SECONDS, MaxNumberOfMessages: MOST_MESSAGES }),
    { abortSignal },
  );
  if (messages.length === 0) return;
  messages.forEach(print);
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
}

async function queueUrl(sqs: SQSClient, name: string): Promise<string> {
  try {
    return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;
  } catch (error) {
    const reason = (error as Error).message || (error as Error).name;
    return fail(`no queue ${name} at ${aws.env['AWS_ENDPOINT_URL_SQS']}: is npm start running? (${reason})`);
  }
}

const service = process.argv[2];
const consumer = eventConsumers.find(({ name }) => name === service);
if (!consumer) fail(`usage: npm run events -- <service>   services: ${eventConsumerNames.join(', ')}`);
const { ports, faults } = readPorts(process.env);
const aws = readAwsEnvironment(process.env, ports);
if (faults.length + aws.faults.length > 0) fail([...faults, ...aws.faults].join('\n'));

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
// The reader of a pipe went away (| head): there is no one left to print for.
process.stdout.on('error', () => process.exit(0));

const { sqs } = awsClients(aws.env);
const url = await queueUrl(sqs, consumer.queue.name);
console.error(`events for ${consumer.name}, as they arrive; what is printed is deleted from the queue. Ctrl-C ends.`);
try {
  while (!interrupted.signal.aborted) await printNext(sqs, url, interrupted.signal);
} catch (error) {
  if (!interrupted.signal.aborted) fail(`cannot read ${url}: ${(error as Error).message || String(error)}`);
}
process.exit(0);
