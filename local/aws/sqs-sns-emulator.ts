// SQS and SNS, emulated by fauxqs. It is a process of its own, started by local-aws.ts, with its state in memory, and the container
// sqs-sns, with its state in AWS_DATA_FOLDER.
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { buildApp, startFauxqs } from 'fauxqs';
import { closeOnSignal, reportReady } from '../processes/launched.ts';

/** With a folder, fauxqs fails when a message is returned at once, because the count of its receives is not stored yet. */
const RETURN_AFTER_SECONDS = 1;

const { AWS_PORT = '4566', AWS_DATA_FOLDER: dataDir } = process.env;
const port = Number(AWS_PORT);

interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string }[];
}

/**
 * Makes fauxqs return messages to the queue whose receiver was gone before its long poll found them. Otherwise a restarted app
 * would wait a whole visibility timeout for the messages that its former process "received".
 */
function returnUnreceivedMessages(fauxqs: FastifyInstance, afterSeconds: number): void {
  fauxqs.addHook('preSerialization', async (request, _reply, payload) => {
    const { Messages: messages = [] } = (payload ?? {}) as Received;
    if (!request.raw.socket.destroyed) return payload;
    // The last message is returned first, because each goes to the front of its FIFO group.
    for (const { ReceiptHandle } of messages.toReversed()) {
      const { QueueUrl } = request.body as { QueueUrl: string };
      await fauxqs.inject({
        method: 'POST',
        url: '/',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
          authorization: request.headers.authorization,
        },
        payload: JSON.stringify({ QueueUrl, ReceiptHandle, VisibilityTimeout: afterSeconds }),
      });
    }
    return payload;
  });
}

/**
 * Makes fauxqs answer queue URLs at the address that the client has called: the SDK sends to the host of a queue's URL, and not
 * every machine resolves those of fauxqs (`sqs.eu-west-1.localhost`).
 */
function answerReachableUrls(fauxqs: FastifyInstance): void {
  fauxqs.addHook('preSerialization', async ({ host }, _reply, payload) => {
    const { QueueUrl, QueueUrls } = (payload ?? {}) as { QueueUrl?: string; QueueUrls?: string[] };
    const reachable = (url: string) => `http://${host}${new URL(url).pathname}`;
    if (QueueUrl) return { QueueUrl: reachable(QueueUrl) };
    return QueueUrls ? { ...(payload as object), QueueUrls: QueueUrls.map(reachable) } : payload;
  });
}

/** Listens only on this machine. startFauxqs() would listen on all addresses. */
async function startInMemory(): Promise<() => Promise<unknown>> {
  const app = buildApp({ logger: false });
  returnUnreceivedMessages(app, 0);
  answerReachableUrls(app);
  await app.listen({ host: '127.0.0.1', port });
  return () => app.close();
}

/** Only startFauxqs() stores its state. It does not return its server, but Fastify reports each new server. */
async function startWithState(folder: string): Promise<() => Promise<unknown>> {
  subscribe('fastify.initialization', (made) => {
    const { fastify } = made as { fastify: FastifyInstance };
    returnUnreceivedMessages(fastify, RETURN_AFTER_SECONDS);
    answerReachableUrls(fastify);
  });
  const server = await startFauxqs({ port, dataDir: folder, logger: false });
  return () => server.stop();
}

closeOnSignal(await (dataDir ? startWithState(dataDir) : startInMemory()));
reportReady();
