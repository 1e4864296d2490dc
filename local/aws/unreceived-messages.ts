import type { FastifyInstance } from 'fastify';

interface Received {
  readonly Messages?: readonly { readonly ReceiptHandle: string }[];
}

/**
 * Has fauxqs make messages visible again whose receiver was gone before its long poll found them. Otherwise an app that
 * was stopped and came back would wait a whole visibility timeout for what its former self "received".
 */
export function returnUnreceivedMessages(fauxqs: FastifyInstance, afterSeconds = 0): void {
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
