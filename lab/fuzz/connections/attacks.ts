import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { HeldConnection } from '../../raw-connection.ts';

/** The name of an attack, the number of its connections, and the errors that it found. */
export type AttackResult = Awaited<ReturnType<typeof attack>>;
export type Victim = Awaited<ReturnType<typeof victimOf>>;

/** The command that repeats the attacks. */
export const REPEAT = 'npm run fuzz -- --only connections';

/** The api waits fifteen seconds for a whole request, and checks every second. */
const GIVEN_UP_WITHIN_MS = 20_000;
const ANSWERED_WITHIN_MS = 15_000;
const BYTE_EVERY_MS = 250;
const SLOW_SENDERS = 100;

const placing = ({ token }: Victim, ...more: string[]): string =>
  [
    'POST /v1/orders HTTP/1.1',
    'host: api',
    `authorization: Bearer ${token}`,
    'idempotency-key: slow',
    'content-type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n');

export async function victimOf(pipeline: LocalPipeline) {
  return { port: pipeline.ports.API_PORT, token: await pipeline.token('bad-customer', 'retail') };
}

/** Senders of heads and bodies byte by byte: the api answers 408 and closes. */
async function slowSenders(victim: Victim): Promise<AttackResult> {
  const one = async (n: number): Promise<string[]> => {
    const held = await HeldConnection.open(victim.port);
    const text = n % 2 === 0 ? placing(victim) : `${placing(victim, 'content-length: 5000')}{"channel":`;
    const [atOnce, slowly] = n % 2 === 0 ? ['', text] : [text, 'x'.repeat(5_000)];
    held.socket.write(atOnce);
    for (let at = 0; held.closedAfterMs === undefined && at * BYTE_EVERY_MS < GIVEN_UP_WITHIN_MS; at += 1) {
      held.socket.write(slowly[at]!);
      await sleep(BYTE_EVERY_MS);
    }
    const statuses = held.answers.map(({ status }) => status).join();
    held.drop();
    if (held.closedAfterMs === undefined) return ['a connection that sent byte by byte was not closed'];
    return statuses === '408' ? [] : [`expected 408 for a request byte by byte, got ${statuses || 'nothing'}`];
  };
  return attack('byte by byte', SLOW_SENDERS, one);
}

/** Endless heads and bodies: the api refuses them before their end. */
async function hugeRequests(victim: Victim): Promise<AttackResult> {
  const huge: [string, number][] = [
    [`GET /health/live HTTP/1.1\r\nhost: api\r\nx-large: ${'x'.repeat(200_000)}\r\n\r\n`, 431],
    [`GET /health/live HTTP/1.1\r\nhost: api\r\n${'x: y\r\n'.repeat(20_000)}\r\n`, 431],
    [`GET /${'x'.repeat(200_000)} HTTP/1.1\r\nhost: api\r\n\r\n`, 431],
    [`${placing(victim, 'content-length: 300000')}${' '.repeat(300_000)}`, 413],
    [`${placing(victim, 'content-length: 99999999999')}${' '.repeat(100_000)}`, 413],
    [`${placing(victim, 'transfer-encoding: chunked')}${`10000\r\n${' '.repeat(65_536)}\r\n`.repeat(8)}`, 413],
    [`${placing(victim, 'transfer-encoding: chunked')}2;${'x'.repeat(60_000)}\r\n{}\r\n0\r\n\r\n`, 400],
  ];
  const one = async (n: number): Promise<string[]> => {
    const [text, expected] = huge[n % huge.length]!;
    return answersTo(victim, text, `a huge request (${text.slice(0, 30)})`, [expected]);
  };
  return attack('huge', huge.length * 5, one);
}

/** Requests with two lengths: the api refuses once and closes, and reads nothing behind them as a request. */
async function smugglers(victim: Victim): Promise<AttackResult> {
  const inner = 'GET /health/live HTTP/1.1\r\nhost: api\r\n\r\n';
  const framings = [
    ['content-length: 4', 'transfer-encoding: chunked'],
    ['transfer-encoding: chunked', 'content-length: 0'],
    ['content-length: 0', `content-length: ${inner.length}`],
    ['content-length: 0, 5'],
    ['content-length: +5'],
    ['content-length: -1'],
    ['content-length: 0x10'],
    ['content-length: 1e1'],
    ['content-length:'],
    ['content-length : 5'],
    ['transfer-encoding: xchunked'],
    ['transfer-encoding: chunked, identity'],
    ['transfer-encoding: identity'],
    ['transfer-encoding: chunked', 'transfer-encoding: identity'],
    ['transfer-encoding : chunked'],
    ['transfer-encoding:\u000bchunked'],
    ['transfer-encoding: "chunked"'],
    ['x: y', ' transfer-encoding: chunked'],
    ['x: y\ntransfer-encoding: chunked', 'content-length: 0'],
    ['x: y\rtransfer-encoding: chunked', 'content-length: 0'],
  ];
  const one = async (n: number): Promise<string[]> => {
    const framing = framings[n % framings.length]!;
    const text = `${placing(victim, ...framing)}0\r\n\r\n${inner}`;
    return answersTo(victim, text, `the framing ${JSON.stringify(framing)}`, [400]);
  };
  return attack('two lengths', framings.length * 2, one);
}

/** The number of requests that the api lets wait on a connection. */
const MANY = 2;

/** Many requests at once: the api answers all of them in order. */
async function pipeliners(victim: Victim): Promise<AttackResult> {
  const one = async (n: number): Promise<string[]> => {
    const held = await HeldConnection.open(victim.port);
    const paths = Array.from({ length: MANY }, (_, at) => `/v1/orders/${n}-${at}`);
    const text = paths
      .map((path) => `GET ${path} HTTP/1.1\r\nhost: api\r\nauthorization: Bearer ${victim.token}\r\n\r\n`)
      .join('');
    held.socket.write(text);
    const answers = await held.answered(MANY, ANSWERED_WITHIN_MS);
    held.drop();
    const answered = answers.map(({ body }) => (JSON.parse(body.toString()) as { instance?: string }).instance);
    return answered.join() === paths.join() ? [] : [`expected ${MANY} answers in order, got ${answered.length}`];
  };
  return attack('pipelining', 50, one);
}

const TUNNEL = 'CONNECT api:443 HTTP/1.1\r\nhost: api\r\n\r\n';
const LARGE = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: api\r\n\r\n';

/** Clients that reset the connection in the middle of a request, or before its answer. */
async function quitters(victim: Victim): Promise<AttackResult> {
  const body = JSON.stringify({ channel: 'RETAIL' });
  const one = async (n: number): Promise<string[]> => {
    const held = await HeldConnection.open(victim.port);
    const texts = [
      `${placing(victim, `content-length: ${body.length}`)}${body}`,
      TUNNEL,
      `${LARGE}${TUNNEL}`,
      'none\r\n\r\n',
    ];
    const text = texts[n % texts.length]!;
    held.socket.write(text.slice(0, n % 3 === 0 ? text.length : (n * 7) % text.length));
    await sleep(n % 5);
    held.socket.resetAndDestroy();
    return [];
  };
  return attack('gone', 500, one);
}

/** The attacks that run at once. */
export const attacks = [slowSenders, hugeRequests, smugglers, pipeliners, quitters];

/** The api answers some of them, until the buffers of the kernel are full, or refuses the rest and closes the connection. */
const UNREAD = LARGE.repeat(10 * MANY);
const CLOSED_ALREADY_MS = 5_000;

/** Clients that do not read answers: the api closes their connections. A client that reads later finds the end. */
export async function deafClients(victim: Victim, closedWithinMs: number): Promise<AttackResult> {
  const one = async (): Promise<string[]> => {
    const held = await HeldConnection.open(victim.port);
    held.socket.pause();
    held.socket.write(UNREAD);
    await sleep(closedWithinMs);
    held.socket.resume();
    const closed = await held.closed(CLOSED_ALREADY_MS);
    held.drop();
    return closed ? [] : [`a client that reads no answers was not closed in ${closedWithinMs / 1_000} s`];
  };
  return attack('deaf', 20, one);
}

async function answersTo({ port }: Victim, text: string, what: string, expected: number[]): Promise<string[]> {
  const held = await HeldConnection.open(port);
  held.socket.write(Buffer.from(text, 'latin1'));
  const closed = await held.closed(ANSWERED_WITHIN_MS);
  held.drop();
  const statuses = held.answers.map(({ status }) => status);
  const errors =
    statuses.join() === expected.join()
      ? []
      : [`${what}: expected ${expected.join()}, got ${statuses.join() || 'nothing'}`];
  return closed ? errors : [...errors, `${what}: not closed`];
}

async function attack(name: string, connections: number, one: (n: number) => Promise<string[]>) {
  const errors = await Promise.all(
    Array.from({ length: connections }, (_, n) => one(n).catch((error: Error) => [String(error)])),
  );
  return { name, connections, errors: [...new Set(errors.flat())] };
}
