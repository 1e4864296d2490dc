import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request: it is refused, its answer is lost, or its answer is cut after a number of events. */
export type ProxyFault = { status: number; retryAfter: string } | 'answer lost' | { cutAfterEvents: number };

/** Stands before the api, and applies each fault to one request. */
export class FaultyProxy {
  readonly faults: ProxyFault[] = [];
  readonly received: { url: string; headers: IncomingMessage['headers'] }[] = [];
  private readonly server: Server;

  private constructor(private readonly target: string) {
    this.server = createServer((request, response) => this.forward(request, response)).listen(0, '127.0.0.1');
  }

  static async before(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url = '/' } = request;
    this.received.push({ url, headers });
    const fault = this.faults.shift();
    if (typeof fault === 'object' && 'status' in fault) {
      request.resume();
      response.writeHead(fault.status, { 'retry-after': fault.retryAfter }).end();
      return;
    }
    const forwarded = send(new URL(url, this.target), { method, headers }, (answer) => {
      if (fault === 'answer lost') {
        answer.resume().on('end', () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy());
      if (fault) cutAfterEvents(answer, response, fault.cutAfterEvents);
      else answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  }
}

/** Ends the connection in the middle of the event that follows. */
function cutAfterEvents(answer: IncomingMessage, response: ServerResponse, events: number): void {
  let sent = '';
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    const starts = [...(sent + chunk).matchAll(/^data: /gm)].map(({ index }) => index);
    const cut = starts[events];
    if (cut === undefined) response.write(chunk);
    else response.write((sent + chunk).slice(sent.length, Math.max(sent.length, cut + 10)), () => response.destroy());
    sent += chunk;
  });
}
