import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SeededRandom } from '#libs/dynamodb-streams';
import { type AwsCall, awsCall, type AwsService, awsServices, type CallFault } from './aws-call.ts';
import { type Answer, failedAnswer } from './failed-answer.ts';
import { partialBatch } from './partial-batch.ts';

/** The longest time that a call hangs. No client waits longer. */
const MAX_HANG_MS = 60_000;

export type ServiceUrls = Readonly<Record<AwsService, string>>;

/** A proxy between the apps and AWS with a port for each service. It injects the faults that were set last. */
export class FaultProxy {
  /** The number of calls that were hit, by `service action kind`. */
  readonly hits = new Map<string, number>();
  private faults: readonly CallFault[] = [];
  private readonly random: SeededRandom;
  private readonly targets: ServiceUrls;
  private readonly servers: Server[] = [];
  private readonly agent = new Agent({ keepAlive: true });

  /** @param seed decides which calls are hit, in the order in which they arrive */
  constructor(targets: ServiceUrls, seed: number) {
    this.targets = targets;
    this.random = new SeededRandom(seed);
  }

  /** Listens on free ports of 127.0.0.1. */
  async start(): Promise<ServiceUrls> {
    const urls = await Promise.all(awsServices.map(async (service) => [service, await this.listen(service)]));
    return Object.fromEntries(urls) as ServiceUrls;
  }

  /** Sets the faults from now on. If all connections of a service are to be cut, its open ones are cut as well. */
  inflict(faults: readonly CallFault[]): void {
    const cut = (service: AwsService): boolean =>
      faults.some((fault) => fault.service === service && fault.share === 1 && fault.kind === 'reset-before');
    this.faults = faults;
    awsServices.forEach((service, position) => cut(service) && this.servers[position]?.closeAllConnections());
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
    this.agent.destroy();
  }

  private async listen(service: AwsService): Promise<string> {
    const server = createServer((request, response) => {
      // The client or the service is gone, so nobody can be answered.
      this.serve(service, request, response).catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    this.servers[awsServices.indexOf(service)] = server;
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async serve(service: AwsService, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = awsCall(request.headers, await text(request));
    const fault = this.faultOf(service, call);
    if (fault?.kind === 'partial' && (await this.servePartly(service, fault, call, request, response))) return;
    if (fault && fault.kind !== 'partial') this.count(service, call, fault);
    switch (fault?.kind) {
      case 'error':
      case 'throttle':
        return respond(response, failedAnswer(service, fault.kind));
      case 'reset-before':
        return void response.destroy();
      case 'hang':
        return hang(response);
      case 'slow': {
        const answered = await this.forward(service, request, response, call.body);
        return respond(response, answered, this.random.between(...(fault.delayMs ?? [100, 1_000])));
      }
      case 'reset-after':
        await this.forward(service, request, response, call.body);
        return void response.destroy();
      default:
        return respond(response, await this.forward(service, request, response, call.body));
    }
  }

  /** The first fault that hits this call. */
  private faultOf(service: AwsService, { action }: AwsCall): CallFault | undefined {
    return this.faults.find(
      (fault) =>
        fault.service === service &&
        (fault.actions?.includes(action) ?? true) &&
        (fault.kind === 'partial' || this.random.chance(fault.share)),
    );
  }

  private async servePartly(
    service: AwsService,
    fault: CallFault,
    call: AwsCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const batch = partialBatch(call, () => this.random.chance(fault.share));
    if (!batch) return false;
    this.count(service, call, fault);
    if (batch.body === undefined) respond(response, batch.answer(undefined));
    else {
      const answered = await this.forward(service, request, response, batch.body);
      respond(response, answered.status === 200 ? batch.answer(answered.body) : answered);
    }
    return true;
  }

  private count(service: AwsService, { action }: AwsCall, { kind }: CallFault): void {
    const name = `${service} ${action} ${kind}`;
    this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
  }

  /** Forwards a request and returns the service's answer. The request is aborted when the client goes away. */
  private async forward(
    service: AwsService,
    { method, url, headers }: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<Answer> {
    const { expect: _expect, 'transfer-encoding': _chunked, ...kept } = headers;
    const onward = httpRequest(new URL(url ?? '/', this.targets[service]), {
      method,
      agent: this.agent,
      headers: { ...kept, 'content-length': Buffer.byteLength(body) },
    });
    // A client that aborted a long poll must not receive a message with it.
    const giveUp = (): void => void onward.destroy(new Error('the client is gone'));
    // After the start of the answer, nothing else handles an error.
    onward.on('error', () => undefined);
    response.once('close', giveUp);
    try {
      onward.end(body);
      const [answer] = (await once(onward, 'response')) as [IncomingMessage];
      return { status: answer.statusCode ?? 502, headers: keptOf(answer.headers), body: await text(answer) };
    } finally {
      response.off('close', giveUp);
    }
  }
}

function keptOf(headers: IncomingHttpHeaders): Answer['headers'] {
  const names = ['content-type', 'x-amzn-query-error', 'x-amzn-requestid'];
  const kept = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
  return Object.fromEntries(kept) as Record<string, string>;
}

function respond(response: ServerResponse, { status, headers, body }: Answer, delayMs = 0): void {
  const answer = (): void => void response.writeHead(status, headers).end(body);
  if (delayMs === 0) return answer();
  const timer = setTimeout(answer, delayMs);
  response.once('close', () => clearTimeout(timer));
}

function hang(response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), MAX_HANG_MS);
  response.once('close', () => clearTimeout(timer));
}
