// Run as a process of its own by local-aws.ts: SQS and SNS in memory.
import { buildApp } from 'fauxqs';
import { endWhenTold, tellReady } from '../processes/launched.ts';

// Not fauxqs's own startFauxqs(): that listens on all of the machine's addresses, and it checks no credentials.
const app = buildApp({ logger: false });

interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string }[];
}

/**
 * Makes messages visible again whose receiver was gone before its long poll found them. Otherwise an app that was
 * killed and came back would wait a whole visibility timeout for what its former self "received".
 */
app.addHook('preSerialization', async (request, _reply, payload) => {
  const { Messages: messages = [] } = (payload ?? {}) as Received;
  if (!request.raw.socket.destroyed) return payload;
  // The last first, because each goes to the front of its FIFO group.
  for (const { ReceiptHandle } of messages.toReversed()) {
    const { QueueUrl } = request.body as { QueueUrl: string };
    await app.inject({
      method: 'POST',
      url: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
        authorization: request.headers.authorization,
      },
      payload: JSON.stringify({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    });
  }
  return payload;
});

await app.listen({ host: '127.0.0.1', port: Number(process.env['AWS_PORT']) });
endWhenTold(() => app.close());
tellReady();
