// Run as a process of its own: the orders queue and the tables with fixed answers after a fixed time, so that what is
// measured is the api or the worker. Hands out STUB_MESSAGES orders as fast as they are asked for, and counts every call.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { dollarsOf } from './call-dollars.ts';
import { anOrderMessage, md5 } from './order-messages.ts';

const ANSWER_MS = 5;
/** Of a long poll that finds nothing. */
const EMPTY_POLL_MS = 1_000;

interface Entry {
  Id: string;
  MessageBody: string;
}

interface Input {
  Entries: Entry[];
  MessageBody: string;
  MaxNumberOfMessages: number;
  Statements: object[];
  RequestItems: Record<string, { Keys: object[] }>;
}

const calls: Record<string, number> = {};
let messages = Number(process.env['STUB_MESSAGES'] ?? 0);
let done = 0;
let dollars = 0;

const actions: Record<string, (input: Input) => object | Promise<object>> = {
  SendMessage: ({ MessageBody }) => {
    done += 1;
    return { MessageId: `m-${done}`, MD5OfMessageBody: md5(MessageBody) };
  },
  SendMessageBatch: ({ Entries }) => {
    done += Entries.length;
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: `m-${done}-${Id}`,
      MD5OfMessageBody: md5(MessageBody),
    }));
    return { Successful, Failed: [] };
  },
  ReceiveMessage: async ({ MaxNumberOfMessages }) => {
    const count = Math.min(messages, MaxNumberOfMessages);
    messages -= count;
    if (count === 0) await wait(EMPTY_POLL_MS);
    return { Messages: Array.from({ length: count }, anOrderMessage) };
  },
  DeleteMessage: () => {
    done += 1;
    return {};
  },
  DeleteMessageBatch: ({ Entries }) => {
    done += Entries.length;
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  },
  ChangeMessageVisibilityBatch: ({ Entries }) => ({ Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] }),
  GetQueueAttributes: () => ({ Attributes: {} }),
  BatchGetItem: ({ RequestItems }) => ({
    Responses: Object.fromEntries(Object.keys(RequestItems).map((table) => [table, []])),
  }),
  BatchExecuteStatement: ({ Statements }) => ({ Responses: Statements.map(() => ({})) }),
  PutItem: () => ({}),
};

function itemsOf({ Statements, RequestItems }: Input): number {
  const keys = Object.values(RequestItems ?? {}).reduce((sum, { Keys }) => sum + Keys.length, 0);
  return Statements?.length ?? (keys || 1);
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.url === '/figures') return void outgoing.end(JSON.stringify({ calls, done, dollars }));
  const body = await text(incoming);
  const input = JSON.parse(body) as Input;
  const action = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
  calls[action] = (calls[action] ?? 0) + 1;
  await wait(ANSWER_MS);
  const output = await actions[action]?.(input);
  const answered = JSON.stringify(output ?? { __type: 'UnknownOperationException', message: action });
  dollars += dollarsOf(action, itemsOf(input), body.length + answered.length);
  outgoing.writeHead(output ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
  outgoing.end(answered);
}

const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
