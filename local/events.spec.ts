import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { eventConsumerNames } from '#libs/resources';
import { awsClients, type AwsClients } from './aws/aws-clients.ts';
import { startLocalAws, type LocalAws } from './aws/local-aws.ts';
import { defaultPorts, type Ports } from './ports.ts';
import { freePorts } from './taken-ports.ts';

const EXAMPLES = new URL('../libs/orders/schemas/examples/', import.meta.url);
const shipped = readFileSync(new URL('order.shipped.v1.json', EXAMPLES), 'utf8');

let ports: Ports;
let aws: LocalAws;
let clients: AwsClients;

beforeAll(async () => {
  const [AWS_PORT, DYNAMODB_PORT] = (await freePorts(2)) as [number, number];
  ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT };
  aws = await startLocalAws({ ports });
  clients = awsClients(aws.env);
});

afterAll(async () => {
  clients.destroy();
  await aws.stop();
});

async function send(...bodies: string[]): Promise<void> {
  const QueueUrl = aws.resources.consumerQueueUrls.inventory;
  for (const [index, MessageBody] of bodies.entries()) {
    const ids = { MessageGroupId: 'order', MessageDeduplicationId: String(index) };
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...ids }));
  }
}

function events(...args: string[]): ChildProcess {
  const script = new URL('events.ts', import.meta.url).pathname;
  const env = { ...process.env, NODE_OPTIONS: '', AWS_PORT: String(ports.AWS_PORT) };
  return spawn(process.execPath, ['--conditions=source', script, ...args], { env });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe('npm run events', () => {
  it('prints one unchanged JSON document a line when the output is not a terminal, and deletes all from the queue', async () => {
    await send(shipped, '{ "some": "document" }', 'no JSON', shipped);
    const running = events('inventory');
    const lines: string[] = [];
    for await (const line of createInterface({ input: running.stdout! })) if (lines.push(line) === 4) break;
    running.kill('SIGTERM');
    const [code] = await once(running, 'exit');

    const document = JSON.stringify(JSON.parse(shipped));
    expect({ code, lines }).toEqual({ code: 0, lines: [document, '{"some":"document"}', 'no JSON', document] });
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: aws.resources.consumerQueueUrls.inventory,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    expect(Object.values(Attributes!)).toEqual(['0', '0']);
  });

  it.each([
    [['inventory', '--jsn'], "Unknown option '--jsn'"],
    [['shipping'], 'expected one service, got shipping'],
    [['shipping'], `services: ${eventConsumerNames.join(', ')}`],
    [[], 'expected one service, got none'],
    [['inventory', 'accounting'], 'expected one service, got inventory accounting'],
  ])('says what to type instead of %j', async (args, message) => {
    const running = events(...args);
    const [output, [code]] = await Promise.all([textOf(running.stderr!), once(running, 'exit')]);
    expect({ output, code }).toEqual({ output: expect.stringContaining(message), code: 2 });
    expect(output).toContain('usage: npm run events -- <service> [--json]');
  });
});

it.each(['events', 'token', 'start', 'demo'])('npm run %s -- --help says what to type', async (name) => {
  const script = new URL(`${name}.ts`, import.meta.url).pathname;
  const env = { ...process.env, NODE_OPTIONS: '' };
  const running = spawn(process.execPath, ['--conditions=source', script, '--help'], { env });
  const [output, [code]] = await Promise.all([textOf(running.stdout), once(running, 'exit')]);
  expect({ output, code }).toEqual({ output: expect.stringMatching(/^usage: npm /), code: 0 });
});
