// Run as a process of its own: the orders queue and the tables with fixed answers after a fixed time, so that what is
// measured is the api or the worker. Hands out STUB_MESSAGES orders as fast as they are asked for, and counts every call.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
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
  MaxNumberOfMessages: number;
  Statements: object[];
  RequestItems: Record<string, object>;
}

const calls: Record<string, number> = {};
let messages = Number(process.env['STUB_MESSAGES'] ?? 0);
let done = 0;

const actions: Record<string, (input: Input) => object | Promise<object>> = {
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

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.url === '/figures') return void outgoing.end(JSON.stringify({ calls, done }));
  const input = (await json(incoming)) as Input;
  const action = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
  calls[action] = (calls[action] ?? 0) + 1;
  await wait(ANSWER_MS);
  const output = await actions[action]?.(input);
  outgoing.writeHead(output ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
  outgoing.end(JSON.stringify(output ?? { __type: 'UnknownOperationException', message: action }));
}

const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
