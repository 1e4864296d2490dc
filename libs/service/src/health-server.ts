import { createServer, type Server } from 'node:http';
import { type HealthCheck, ReadinessReport } from './health.ts';

/** Answers `/health/live` and `/health/ready` for a process that serves nothing else over HTTP. */
export class HealthServer {
  private readonly server: Server;

  constructor(checks: readonly HealthCheck[]) {
    const readiness = new ReadinessReport(checks);
    this.server = createServer((request, response) => {
      void answer(request.url, readiness).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  /** @throws Error of node:net when the port is taken. */
  listen(port: number, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, address, () => resolve());
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

async function answer(url: string | undefined, readiness: ReadinessReport): Promise<{ status: number; body: object }> {
  if (url === '/health/live') return { status: 200, body: { status: 'live' } };
  if (url === '/health/ready') {
    const body = await readiness.read();
    return { status: body.status === 'ready' ? 200 : 503, body };
  }
  return { status: 404, body: { status: 404, title: 'Not Found', detail: 'expected /health/live or /health/ready' } };
}
