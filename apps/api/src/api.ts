import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, loadConfiguration, NestLogger, type RunningService } from '#libs/service';
import { ApiConfig } from './api.config.ts';
import { ApiModule } from './api.module.ts';
import { serveOpenApi } from './http/openapi.ts';
import { traceRequests } from './http/request-trace.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

const MAX_BODY_BYTES = 256 * 1_024;
/** Longer than the 60 s that a load balancer keeps an idle connection, so that it is never we who close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** The api: takes orders in and tells of them. */
export async function startApi(): Promise<RunningService> {
  const config = loadConfiguration(ApiConfig, process.env);
  const logger = createLogger('api', config);
  const adapter = new FastifyAdapter({ bodyLimit: MAX_BODY_BYTES, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(config, logger), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
  });
  const server = adapter.getInstance();
  // JSON is the only body there is.
  server.removeContentTypeParser('text/plain');
  traceRequests(server, logger);
  serveOpenApi(app);
  await app.listen(config.API_PORT, '0.0.0.0');
  logger.info({ port: config.API_PORT, pid: process.pid }, 'service_started');
  return {
    logger,
    close: async () => {
      await app.close();
      await app.get(OrdersQueue).idle();
    },
  };
}
