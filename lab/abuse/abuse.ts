/**
 * `npm run abuse` lets one caller send the most expensive requests of every operation of `/openapi.json`, on many connections, while
 * another caller places orders. It exits with 1 if the other caller noticed: an order that failed, a p99 above the limit,
 * a process that ended, or a dead letter.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { aFreshOrder } from '#libs/orders';
import { appNames } from '../../local/apps.ts';
import { requestQuote, requestToken } from '../../local/auth/local-issuer.ts';
import { awsClients } from '../../local/aws/aws-clients.ts';
import { depthOf } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import { docker, startComposeRun } from '../../test/harness/compose-run.ts';
import { type ApiAnswer, postOnce } from '../api-call.ts';
import { flag, readCommandLine, wholeNumber } from '../command-line.ts';
import { type OpenApi, operationsOf } from '../fuzz/values/openapi-values.ts';
import { evenly } from '../pace.ts';
import { ResultFiles, runTool, say } from '../run-tool.ts';
import { percentile } from '../statistics.ts';
import type { Counts, Offence } from './offender.ts';
import { DOCUMENTS, longOrder, refusedBatch, type WorstRequest, worstRequestsOf } from './worst-requests.ts';

/** Orders of the honest caller in a second, as a shopper's app with many users would send. */
const HONEST_RATE = 15;
/** The api has this heap, in MiB, as in a small container. */
const HEAP_MIB = 512;
/** The api's container of `--containers`. */
const SMALL_TASK = { API_CPUS: '0.5', API_MEMORY: '1g' };
/** `npm start` has a quota that nobody reaches, and checks no prices; here the api has the quota that it is shipped with. */
const SHIPPED_SETTINGS = { RATE_LIMIT_REQUESTS: '6000', PRICING: 'quote' };
/** The orders in the lists of the offender, each of 100 lines. */
const OWN_ORDERS = 100;
/** The refused rows of the batch that the offender reads. A thousand with so many errors take longer than a request may. */
const OWN_ROWS = 200;
const PATIENCE_MS = 20_000;
const ROLES = ['retail', 'wholesale', 'operator', 'fulfillment', 'accounting'];
const HONEST = 'honest';

interface Options {
  readonly seconds: number;
  readonly connections: number;
  /** The kinds of requests whose names have this text. */
  readonly only: string;
  /** The limit of the other caller's p99, in milliseconds. */
  readonly p99: number;
  readonly containers: boolean;
}

/** Where the pipeline runs. */
type Run = Pick<LocalPipeline, 'ports' | 'stop'> & { readonly aws: Pick<LocalPipeline['aws'], 'env' | 'resources'> };

interface Row {
  readonly name: string;
  /** Milliseconds until an order of the other caller was answered. */
  readonly p50: number;
  readonly p99: number;
  /** The answers of the other caller, and of the offender, by status. */
  readonly honest: Counts;
  readonly offender: Counts;
}

function readOptions(args: readonly string[]): Options {
  const usage = `type for example
  npm run abuse -- --seconds 4 --connections 200
--seconds (default 4) for each kind of request, --connections (default 200) of the offender; --only TEXT: kinds with this text;
--p99 MS (default 400): the limit; --containers: in containers, the api with half a CPU and 1 GiB`;
  const options = {
    seconds: wholeNumber(1, 600),
    connections: wholeNumber(1, 1_000),
    only: (text: string) => text,
    p99: wholeNumber(1, 60_000),
    containers: flag,
  };
  return readCommandLine(args, { usage, options }, (given) => {
    return { seconds: 4, connections: 200, only: '', p99: 400, containers: false, ...given };
  });
}

class Abuse {
  private readonly options: Options;
  private readonly ports: LocalPipeline['ports'];
  private readonly apiUrl: string;
  private readonly honestAgent = new Agent({ keepAlive: true });

  constructor(options: Options, { ports }: Run) {
    this.options = options;
    this.ports = ports;
    this.apiUrl = `http://127.0.0.1:${ports.API_PORT}`;
  }

  async play(): Promise<Row[]> {
    const document = (await (await fetch(new URL('/openapi.json', this.apiUrl))).json()) as OpenApi;
    const rows = [await this.measure({ name: 'nobody', method: 'GET', path: '' }, 0)];
    for (const worst of [...operationsOf(document).flatMap(worstRequestsOf), ...DOCUMENTS]) {
      if (!worst.name.includes(this.options.only)) continue;
      // A new caller has a full quota.
      const subject = `offender-${randomUUID()}`;
      const owned = await this.possessionsOf(subject, worst);
      const path = worst.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => owned[name] ?? '1');
      const token = await this.token(subject, ...ROLES);
      const request = { ...worst, path, ...(worst.body && { body: await this.quoted(subject, worst.body) }) };
      rows.push(await this.measure(request, this.options.connections, token));
      say(textOf(rows.at(-1)!));
    }
    return rows;
  }

  private token(sub: string, ...roles: string[]): Promise<string> {
    return requestToken(this.ports.AUTH_PORT, { sub, roles });
  }

  /** A body with the subject's quote of the longest order, or the header of that quote. */
  private async quoted(sub: string, body: string): Promise<string> {
    const quote = await this.quote(sub, longOrder());
    const [header = ''] = quote.split('.');
    return body.replaceAll('{quote}', quote).replaceAll('{quoteHeader}', header);
  }

  /** One quote is for all orders with its prices: it does not sign the payment. */
  private quote(sub: string, order: object): Promise<string> {
    return requestQuote(this.ports.AUTH_PORT, { sub, order: { ...order, payment: undefined } });
  }

  /** Gives the offender what the request names: an order, and for reads also others, a batch and a command. */
  private async possessionsOf(
    subject: string,
    { method, path }: WorstRequest,
  ): Promise<Partial<Record<string, string>>> {
    if (!path.includes('{')) return {};
    const token = await this.token(subject, 'retail', 'wholesale');
    const quoted = async (order: unknown) => this.quoted(subject, JSON.stringify(order));
    const { orderId } = await this.send(token, 'orders', await quoted(longOrder()), { prefer: 'wait=10' });
    if (method !== 'GET') return { orderId };
    const { commandId } = await this.send(token, `orders/${orderId}/cancellation`, {});
    if (!/batchId|subject/.test(path)) return { orderId, commandId };
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const { batchId } = await (path.includes('batchId')
      ? this.send(token, 'order-batches', refusedBatch(OWN_ROWS), ndjson)
      : this.send(token, 'order-batches', await quoted(Array.from({ length: OWN_ORDERS }, longOrder))));
    await this.untilComplete(token, batchId);
    return { subject, batchId };
  }

  private async send(
    token: string,
    path: string,
    content: unknown,
    more = {},
  ): Promise<Partial<Record<string, string>>> {
    const headers = {
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      'content-type': 'application/json',
      ...more,
    };
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    const answer = await fetch(`${this.apiUrl}/v1/${path}`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`expected 2xx from ${path}, got ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Partial<Record<string, string>>;
  }

  private async untilComplete(token: string, batchId: string | undefined): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    for (let status = 'PENDING'; status === 'PENDING'; await sleep(100)) {
      const answer = await fetch(`${this.apiUrl}/v1/order-batches/${batchId}`, { headers });
      ({ status } = (await answer.json()) as { status: string });
    }
  }

  private async measure(worst: WorstRequest, connections: number, token = ''): Promise<Row> {
    const { seconds } = this.options;
    const offence = { url: this.apiUrl, token, worst, connections, seconds };
    const offended: Promise<Counts> = connections > 0 ? this.offend(offence) : Promise.resolve({});
    const honestToken = await this.token(HONEST, 'retail');
    const quote = await this.quote(HONEST, aFreshOrder());
    const answers = await evenly(HONEST_RATE, HONEST_RATE * seconds, () => this.honestOrder(honestToken, quote));
    const honest: Record<string, number> = {};
    for (const { status } of answers) count(honest, String(status));
    const times = answers.map(({ tookMs }) => tookMs);
    const [p50 = 0, p99 = 0] = [50, 99].map((share) => percentile(times, share));
    return { name: worst.name, p50: Math.round(p50), p99: Math.round(p99), honest, offender: await offended };
  }

  private honestOrder(token: string, quote: string): Promise<ApiAnswer> {
    const url = new URL('/v1/orders', this.apiUrl);
    const idempotencyKey = randomUUID();
    return postOnce({
      agent: this.honestAgent,
      url,
      token,
      idempotencyKey,
      body: { ...aFreshOrder(), quote },
      patienceMs: PATIENCE_MS,
    });
  }

  private async offend(offence: Offence): Promise<Counts> {
    const thread = new Worker(new URL('offender.ts', import.meta.url), { workerData: offence });
    const [counts] = (await once(thread, 'message')) as [Counts];
    return counts;
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function textOf({ name, p50, p99, honest, offender }: Row): string {
  const listed = (counts: Counts) => Object.entries(counts).map(([status, number]) => `${number}x${status}`);
  return `${name}: p50 ${p50} ms, p99 ${p99} ms, ${listed(honest).join(' ')}; the offender: ${listed(offender).join(' ')}`;
}

function violationsOf(rows: readonly Row[], limit: number): string[] {
  return rows.flatMap(({ name, p99, honest, offender }) => [
    ...(p99 > limit ? [`${name}: p99 is ${p99} ms, the limit is ${limit} ms`] : []),
    ...(Object.keys(honest).some((status) => status !== '202') ? [`${name}: an order of the other caller failed`] : []),
    ...(Object.keys(offender).some((status) => status.startsWith('5'))
      ? [`${name}: the offender got a 5xx, which raises an alarm`]
      : []),
  ]);
}

async function run(options: Options): Promise<number> {
  const files = new ResultFiles(import.meta.dirname);
  const log = files.log('latest.log');
  let starts = 0;
  const write = (process: string, line: string) => {
    if (line.includes('service_started')) starts += 1;
    log.write(process, line);
  };
  const pipeline = await (options.containers ? startContainers(write) : startProcesses(write));
  const { sqs } = awsClients(pipeline.aws.env);
  try {
    const rows = await new Abuse(options, pipeline).play();
    const violations = violationsOf(rows, options.p99);
    if (starts > appNames.length) violations.push(`${starts - appNames.length} processes ended and were started again`);
    const deadLetters = await depthOf(sqs, pipeline.aws.resources.ordersDeadLetterQueueUrl);
    if (deadLetters > 0) violations.push(`${deadLetters} messages in orders-dlq`);
    say(`figures ${files.writeJson('latest.json', { ...options, rows, violations })}, logs ${log.path}`);
    violations.forEach(say);
    return violations.length === 0 ? 0 : 1;
  } finally {
    await pipeline.stop();
  }
}

function startProcesses(write: WriteLine): Promise<Run> {
  const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`, ...SHIPPED_SETTINGS };
  return LocalPipeline.start({ write, env });
}

/** Containers of a project of their own, so that the data of others stays. */
async function startContainers(write: WriteLine): Promise<Run> {
  Object.assign(process.env, { COMPOSE_PROJECT_NAME: 'fargate-orders-abuse' }, SMALL_TASK, SHIPPED_SETTINGS);
  await docker('compose', 'build');
  const run = await startComposeRun(write);
  const stop = async () => {
    await run.stop();
    await docker('compose', 'down', '--volumes', '--timeout', '30');
  };
  return { ...run, stop };
}

await runTool(readOptions, run);
