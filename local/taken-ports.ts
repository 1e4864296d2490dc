import { createServer } from 'node:net';
import type { Ports, PortVariable } from './ports.ts';

/** Whoever holds a port on one of these addresses is in our way: what we start listens on one or the other. */
const ADDRESSES = ['127.0.0.1', '0.0.0.0', '::'];
const ADDRESS_UNAVAILABLE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

function bindError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function portFault(variable: PortVariable, port: number): Promise<string | undefined> {
  for (const host of ADDRESSES) {
    const code = await bindError(port, host);
    if (code === undefined || ADDRESS_UNAVAILABLE.has(code)) continue;
    const reason = code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${code})`;
    return `port ${port} ${reason}: set ${variable} to another one, or stop what listens there`;
  }
  return undefined;
}

/** One fault for each of these ports that something else already uses. */
export async function takenPorts(ports: Ports, variables: readonly PortVariable[]): Promise<string[]> {
  const faults: string[] = [];
  for (const variable of variables) {
    const fault = await portFault(variable, ports[variable]);
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}

/** As many ports as asked for that nothing listens on at this moment, for tests. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
