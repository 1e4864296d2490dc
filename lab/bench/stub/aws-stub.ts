// A stub of AWS with fixed answers after a fixed time, so that only the service is measured. It is a process of its own, on
// STUB_PORT and, with STUB_CERTIFICATE and STUB_KEY, also with TLS on STUB_TLS_PORT. It delivers STUB_MESSAGES orders from a queue and STUB_RECORDS records from a stream as fast as they are requested,
// forwards calls to tables to STUB_LEASES if that is given, and counts every call with its costs.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeOnSignal, reportReady } from '../../../local/processes/launched.ts';
import { dollarsOf } from './call-dollars.ts';
import { anOrderMessage, aStreamRecord, md5 } from './stub-orders.ts';

const ANSWER_MS = 5;
/** The duration of a long poll without messages. */
const EMPTY_POLL_MS = 1_000;
/** GetRecords returns at most 1,000 records, and 1 MB. */
const MAX_RECORDS = 1_000;
const PAGE_BYTES = 1_000_000;
/** The peer of the relay has no leases. Calls to this table of its own are answered by the stub. */
const CHECKPOINTS_TABLE = '"checkpoints"';

interface Input {
  Entries: { Id: string; MessageBody: string }[];
  MessageBody: string;
  MaxNumberOfMessages: number;
  Statements: object[];
  RequestItems: Record<string, { Keys: object[] }>;
  SequenceNumber?: string;
  ShardIterator?: string;
  Limit?: number;
}

const { STUB_PORT, STUB_TLS_PORT, STUB_CERTIFICATE, STUB_KEY = '' } = process.env;
const { STUB_MESSAGES = '0', STUB_RECORDS = '0', STUB_LEASES } = process.env;
const records = Number(STUB_RECORDS);
let messages = Number(STUB_MESSAGES);
const figures = { calls: {} as Record<string, number>, done: 0, dollars: 0 };

const successful = (entries: Input['Entries']) => entries.map(({ Id }) => ({ Id }));

/** The answers in JSON, by action. */
const actions: Record<string, (input: Input) => object | Promise<object>> = {
  SendMessage: ({ MessageBody }) => {
    figures.done += 1;
    return { MessageId: `m-${figures.done}`, MD5OfMessageBody: md5(MessageBody) };
  },
  SendMessageBatch: ({ Entries }) => {
    figures.done += Entries.length;
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: `m-${figures.done}-${Id}`,
      MD5OfMessageBody: md5(MessageBody),
    }));
    return { Successful, Failed: [] };
  },
  ReceiveMessage: async ({ MaxNumberOfMessages }) => {
    const count = Math.min(messages, MaxNumberOfMessages);
    messages -= count;
    if (count === 0) await sleep(EMPTY_POLL_MS);
    return { Messages: Array.from({ length: count }, anOrderMessage) };
  },
  DeleteMessage: () => {
    figures.done += 1;
    return {};
  },
  DeleteMessageBatch: ({ Entries }) => {
    figures.done += Entries.length;
    return { Successful: successful(Entries), Failed: [] };
  },
  ChangeMessageVisibilityBatch: ({ Entries }) => ({ Successful: successful(Entries), Failed: [] }),
  GetQueueAttributes: () => ({ Attributes: {} }),
  BatchGetItem: ({ RequestItems }) => ({
    Responses: Object.fromEntries(Object.keys(RequestItems).map((table) => [table, []])),
  }),
  BatchExecuteStatement: ({ Statements }) => ({ Responses: Statements.map(() => ({})) }),
  PutItem: () => ({}),
  UpdateItem: () => ({}),
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
    const { record, size } = aStreamRecord(n);
    page.push(record);
    bytes += size;
  }
  return { Records: page, NextShardIterator: String(after + page.length) };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.url === '/figures') return void outgoing.end(JSON.stringify(figures));
  const body = await text(incoming);
  const target = incoming.headers['x-amz-target'];
  if (target === undefined) return answerTopic(new URLSearchParams(body), body.length, outgoing);
  const [service = '', action = ''] = String(target).split('.');
  if (STUB_LEASES && service.startsWith('DynamoDB_') && !body.includes(CHECKPOINTS_TABLE)) {
    count(action, 1, body.length);
    return forward(incoming, outgoing, body, STUB_LEASES);
  }
  await sleep(ANSWER_MS);
  const input = JSON.parse(body) as Input;
  const output = await actions[action]?.(input);
  const answered = JSON.stringify(output ?? { __type: 'UnknownOperationException', message: action });
  count(action, itemsOf(input), body.length + answered.length);
  outgoing.writeHead(output ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
  outgoing.end(answered);
}

function itemsOf({ Statements, RequestItems }: Input): number {
  const keys = Object.values(RequestItems ?? {}).reduce((sum, { Keys }) => sum + Keys.length, 0);
  return Statements?.length ?? (keys || 1);
}

/** SNS uses the query protocol: a form, and XML. */
async function answerTopic(form: URLSearchParams, bytes: number, outgoing: ServerResponse): Promise<void> {
  const action = form.get('Action') ?? '';
  const ids = [...form.keys()].filter((name) => name.endsWith('.Id')).map((name) => form.get(name) ?? '');
  const published = action === 'Publish' ? 1 : ids.length;
  figures.done += published;
  const members = ids.map((id) => `<member><Id>${id}</Id><MessageId>m-${figures.done}-${id}</MessageId></member>`);
  const result =
    action === 'Publish'
      ? `<MessageId>m-${figures.done}</MessageId><SequenceNumber>${figures.done}</SequenceNumber>`
      : `<Failed/><Successful>${members.join('')}</Successful>`;
  count(action, published, bytes);
  await sleep(ANSWER_MS);
  outgoing.setHeader('content-type', 'text/xml');
  outgoing.end(
    `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
  );
}

function count(action: string, items: number, bytes: number): void {
  figures.calls[action] = (figures.calls[action] ?? 0) + 1;
  figures.dollars += dollarsOf(action, items, bytes);
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, body: string, target: string): void {
  const onward = request(target, { method: 'POST', headers: incoming.headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy()).end(body);
}

const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void answer(incoming, outgoing);
const options = { keepAliveTimeout: 60_000 };
const server = createServer(options, handle).listen(Number(STUB_PORT), '127.0.0.1', reportReady);
const tlsServer =
  STUB_CERTIFICATE &&
  createTlsServer({ ...options, cert: readFileSync(STUB_CERTIFICATE), key: readFileSync(STUB_KEY) }, handle);
if (tlsServer) tlsServer.listen(Number(STUB_TLS_PORT), '127.0.0.1');
closeOnSignal(async () => {
  server.closeAllConnections();
  if (tlsServer) tlsServer.closeAllConnections();
});
