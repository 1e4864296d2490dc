// SQS and SNS, by fauxqs: run as a process of its own by local-aws.ts, with its state in memory, and as the container
// sqs-sns, with its state in AWS_DATA_FOLDER.
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { buildApp, startFauxqs } from 'fauxqs';
import { closeOnSignal, reportReady } from '../processes/launched.ts';

/** With a folder, fauxqs fails when a message is returned at once: it misses how often the message was received. */
const RETURN_AFTER_SECONDS = 1;

const { AWS_PORT = '4566', AWS_DATA_FOLDER: dataDir } = process.env;
const port = Number(AWS_PORT);

interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string }[];
}

/**
 * Makes fauxqs return messages whose receiver was gone before its long poll found them. Otherwise an app that was stopped
 * and came back would wait a whole visibility timeout for what its former process "received".
 */
function returnUnreceivedMessages(fauxqs: FastifyInstance, afterSeconds: number): void {
  fauxqs.addHook('preSerialization', async (request, _reply, payload) => {
    const { Messages: messages = [] } = (payload ?? {}) as Received;
    if (!request.raw.socket.destroyed) return payload;
    // The last first, because each goes to the front of its FIFO group.
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

/** Listens on this machine only, which startFauxqs() does not. */
async function startInMemory(): Promise<() => Promise<unknown>> {
  const app = buildApp({ logger: false });
  returnUnreceivedMessages(app, 0);
  await app.listen({ host: '127.0.0.1', port });
  return () => app.close();
}

/** Only startFauxqs() keeps its state; it does not hand out its server, but Fastify reports each that is made. */
async function startWithState(folder: string): Promise<() => Promise<unknown>> {
  subscribe('fastify.initialization', (made) => {
    returnUnreceivedMessages((made as { fastify: FastifyInstance }).fastify, RETURN_AFTER_SECONDS);
  });
  const server = await startFauxqs({ port, dataDir: folder, logger: false });
  return () => server.stop();
}

closeOnSignal(await (dataDir ? startWithState(dataDir) : startInMemory()));
reportReady();
