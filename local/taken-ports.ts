import { createServer } from 'node:net';
import { type Ports, portVariables, type PortVariable } from './ports.ts';

/** A port must be free on all of these addresses, because our processes listen on one or another of them. */
const ADDRESSES = ['127.0.0.1', '0.0.0.0', '::'];
const ADDRESS_UNAVAILABLE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

function bindError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The code of the error when a port is not free. Tries one address after the other: concurrent attempts would collide. */
async function portProblem(port: number): Promise<string | undefined> {
  for (const host of ADDRESSES) {
    const code = await bindError(port, host);
    if (code !== undefined && !ADDRESS_UNAVAILABLE.has(code)) return code;
  }
  return undefined;
}

/** One error for each of these ports that is in use. */
export async function takenPorts(ports: Ports, variables: readonly PortVariable[]): Promise<string[]> {
  const errors: string[] = [];
  for (const variable of variables) {
    const port = ports[variable];
    const code = await portProblem(port);
    if (code === undefined) continue;
    const reason = code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${code})`;
    errors.push(`port ${port} ${reason}: set ${variable} to another one, or stop what listens there`);
  }
  return errors;
}

/**
 * Ports are below the range of outgoing connections on Linux (32768 on), because one of those could take a port before a process
 * listens on it. Each worker of jest has a slice of its own, because two workers search at the same time.
 */
const FIRST_PORT = 12_000;
const PORTS_OF_A_WORKER = 5_000;
const WORKERS = 4;

/** Finds this many ports that are free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = nextPort();
    if ((await portProblem(port)) === undefined) ports.push(port);
  }
  return ports;
}

/** Finds a free port for each part of a local run. */
export async function freeRunPorts(): Promise<Ports> {
  const ports = await freePorts(portVariables.length);
  return Object.fromEntries(portVariables.map((name, n) => [name, ports[n]])) as Record<PortVariable, number>;
}

let offset = Math.floor(Math.random() * PORTS_OF_A_WORKER);

function nextPort(): number {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS;
  offset = (offset + 1) % PORTS_OF_A_WORKER;
  return FIRST_PORT + worker * PORTS_OF_A_WORKER + offset;
}
