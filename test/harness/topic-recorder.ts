import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A message that a relay sent to the topic. */
export interface SentMessage {
  relay: string;
  /** The order's id. */
  groupId: string;
  /** The order id and the version. */
  deduplicationId: string;
  /** When the request arrived, in milliseconds since 1970. */
  atMs: number;
  /** When the relay signed the request, in milliseconds since 1970, without the part of a second. */
  signedMs: number;
}

const REFUSAL = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>
<Code>InvalidParameter</Code><Message>Invalid parameter: Message</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

/** A proxy between relays and the topic, with a port for each relay. It records which relay sent which message when. */
export class TopicRecorder {
  /** The messages that the topic accepted, in the order of its answers. */
  readonly sent: SentMessage[] = [];
  /** The ids of orders whose events the topic refuses. */
  readonly refused = new Set<string>();
  private readonly servers: Server[] = [];
  private readonly unanswered = new Set<Promise<void>>();
  private readonly target: URL;

  constructor(topicEndpoint: string) {
    this.target = new URL(topicEndpoint);
  }

  /** Opens a port for a relay, and returns its URL. */
  async endpointFor(relay: string): Promise<string> {
    const server = createServer((incoming, outgoing) => {
      const call = this.pass(relay, incoming, outgoing).catch(() => void outgoing.destroy());
      this.unanswered.add(call);
      void call.then(() => this.unanswered.delete(call));
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The messages of one relay. */
  sentBy(relay: string): SentMessage[] {
    return this.sent.filter((message) => message.relay === relay);
  }

  /** Waits for the topic's answers to the calls so far: a subscriber may have a message before its sender has the answer. No relay may be stopped in the middle of a call. */
  async answered(): Promise<void> {
    await Promise.all(this.unanswered);
  }

  close(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async pass(relay: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const atMs = Date.now();
    const body = await bodyOf(incoming);
    if (this.refuses(body)) {
      outgoing.writeHead(400, { 'content-type': 'text/xml' }).end(REFUSAL);
      return;
    }
    const onward = request(this.target, { method: incoming.method, headers: incoming.headers })
      .on('error', () => outgoing.destroy())
      .end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    if (answer.statusCode === 200) this.record({ relay, atMs, signedMs: signedMsOf(incoming) }, body);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  }

  private refuses(body: string): boolean {
    return [...new URLSearchParams(body)].some(([name, value]) => name.endsWith('GroupId') && this.refused.has(value));
  }

  /** SNS requests are forms with numbered members. */
  private record(call: Omit<SentMessage, 'groupId' | 'deduplicationId'>, body: string): void {
    const form = new URLSearchParams(body);
    for (const [name, deduplicationId] of form) {
      const entry = /^(.+\.member\.\d+\.)MessageDeduplicationId$/.exec(name)?.[1];
      if (entry === undefined) continue;
      this.sent.push({ ...call, deduplicationId, groupId: form.get(`${entry}MessageGroupId`) ?? '' });
    }
  }
}

/** `X-Amz-Date` is like 20261128T004122Z. */
function signedMsOf({ headers }: IncomingMessage): number {
  const [, date, hour, minute, second] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
  return Date.parse(`${date?.replace(/(....)(..)(..)/, '$1-$2-$3')}T${hour}:${minute}:${second}Z`);
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
