// The offending caller, in a thread of its own: otherwise its work would delay the measured caller's.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorstRequest } from './worst-requests.ts';

/** What the thread does: sends one request again and again on so many connections, for this time. */
export interface Offence {
  readonly url: string;
  readonly token: string;
  readonly worst: WorstRequest;
  readonly connections: number;
  readonly seconds: number;
}

/** How often each status, or reason for no answer, came. */
export type Counts = Readonly<Record<string, number>>;

const PATIENCE_MS = 20_000;

async function offend({ url, token, worst, connections, seconds }: Offence): Promise<Counts> {
  const counts: Record<string, number> = {};
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const over = AbortSignal.timeout(seconds * 1_000);
  const one = async (): Promise<void> => {
    while (!over.aborted) {
      const results = worst.together
        ? await sendTogether(url, token, worst)
        : [await sendOnce(url, token, worst, agent, over)];
      for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  agent.destroy();
  return counts;
}

/** Resolves to the status of the answer, or to why there is none. A stream stays open until `over`. */
function sendOnce(
  url: string,
  token: string,
  { method, path, headers = {}, body }: WorstRequest,
  agent: Agent,
  over: AbortSignal,
): Promise<string> {
  const type = body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  return new Promise((resolve) => {
    const call = request(new URL(path, url), {
      agent,
      method,
      headers: { authorization: `Bearer ${token}`, ...type, ...headers },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    call.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    call.once('response', (response) => {
      response.once('error', () => undefined).once('close', () => resolve(String(response.statusCode)));
      const isStream = response.headers['content-type'] === 'text/event-stream';
      if (isStream) over.addEventListener('abort', () => response.destroy());
      response.resume();
    });
    call.end(body);
  });
}

/** Resolves to the statuses of the answers on a new connection, which the api closes after its last answer. */
function sendTogether(url: string, token: string, { method, path, together = 1 }: WorstRequest): Promise<string[]> {
  const { port, host } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1').setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => (text += String(chunk))).on('error', () => undefined);
    socket.once('close', () => resolve([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!)));
    socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`.repeat(together),
    );
  });
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await offend(workerData as Offence));
