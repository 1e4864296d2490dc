// Run as a process of its own by lab/bench/relay.ts: DynamoDB Streams and SNS with fixed answers after a fixed time, and a
// way through to a real lease table. Counts every call by action. So what is measured is the relay.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { dollarsOf } from './call-dollars.ts';
import { aStreamRecord } from './stream-record.ts';

const ANSWER_MS = 5;
/** Of the peer, which needs no lease: what it puts there is answered as everything else is. */
const CHECKPOINTS_TABLE = 'checkpoints';
/** GetRecords answers at most 1,000 records, and 1 MB. */
const MAX_RECORDS = 1_000;
const PAGE_BYTES = 1_000_000;

const records = Number(process.env['STUB_RECORDS']);
const items = Number(process.env['STUB_ITEMS']);
const dynamodb = new URL(process.env['STUB_DYNAMODB'] ?? '');

const calls: Record<string, number> = {};
let done = 0;
let dollars = 0;

interface Input {
  SequenceNumber?: string;
  ShardIterator?: string;
  Limit?: number;
}

type Answer = (input: Input) => object;

const streamActions: Record<string, Answer> = {
  DescribeStream: () => ({
    StreamDescription: { StreamStatus: 'ENABLED', Shards: [{ ShardId: 'shardId-00000000000000000000-stub0000' }] },
  }),
  GetShardIterator: ({ SequenceNumber = '0' }) => ({ ShardIterator: String(Number(SequenceNumber)) }),
  GetRecords: ({ ShardIterator, Limit = MAX_RECORDS }) => pageAfter(Number(ShardIterator), Limit),
};

function pageAfter(after: number, limit: number): object {
  const page: object[] = [];
  let bytes = 0;
  for (let n = after + 1; n <= records && page.length < limit && bytes < PAGE_BYTES; n += 1) {
    const { record, size } = aStreamRecord(n, items);
    page.push(record);
    bytes += size;
  }
  return { Records: page, NextShardIterator: String(after + page.length) };
}

function publish(): string {
  done += 1;
  return `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-${done}</MessageId><SequenceNumber>${done}</SequenceNumber></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`;
}

function publishBatch(form: URLSearchParams): string {
  const ids = [...form.keys()].filter((name) => name.endsWith('.Id')).map((name) => form.get(name) ?? '');
  done += ids.length;
  const members = ids.map((id) => `<member><Id>${id}</Id><MessageId>m-${done}-${id}</MessageId></member>`);
  return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed/><Successful>${members.join('')}</Successful></PublishBatchResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishBatchResponse>`;
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  if (incoming.url === '/figures') return void outgoing.end(JSON.stringify({ calls, done, dollars }));
  const target = incoming.headers['x-amz-target'];
  if (target === undefined) return answerTopic(new URLSearchParams(body), body.length, outgoing);
  const [service = '', action = ''] = String(target).split('.');
  count(action, 1, body.length);
  if (service.startsWith('DynamoDB_') && !body.includes(`"${CHECKPOINTS_TABLE}"`)) {
    return passOn(incoming, outgoing, body);
  }
  await wait(ANSWER_MS);
  const output = streamActions[action]?.(JSON.parse(body) as Input) ?? {};
  outgoing.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(output));
}

async function answerTopic(form: URLSearchParams, bytes: number, outgoing: ServerResponse): Promise<void> {
  const action = form.get('Action') ?? '';
  const before = done;
  const answered = action === 'Publish' ? publish() : publishBatch(form);
  count(action, done - before, bytes);
  await wait(ANSWER_MS);
  outgoing.setHeader('content-type', 'text/xml').end(answered);
}

function count(action: string, items: number, bytes: number): void {
  calls[action] = (calls[action] ?? 0) + 1;
  dollars += dollarsOf(action, items, bytes);
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, body: string): void {
  const onward = request(dynamodb, { method: 'POST', headers: incoming.headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy()).end(body);
}

const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
