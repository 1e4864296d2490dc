import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfiguration } from '#libs/configuration';
import { NestLogger, type RunningService, startTelemetry } from '#libs/service';
import { ApiConfig } from './api.config.ts';
import { ApiModule } from './api.module.ts';
import { streamBatchBodies } from './batches/batch-body.ts';
import { closeConnectionsOnStop, limitPipelining } from './http/connections.ts';
import { letPagesCall } from './http/cross-origin.ts';
import { serveDocuments } from './http/documents.ts';
import { answerClientError, answerOddRequests, answerRouterError, mustHaveHost } from './http/early-problems.ts';
import { keepJsonBodies } from './http/json-body.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { observeRequests } from './http/request-telemetry.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

const MAX_BODY_BYTES = 256 * 1_024;
/** Longer than the 60 s that a load balancer keeps an idle connection, so that it is never we who close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** For the head of a request to come; a slower one is given up. */
const HEADERS_TIMEOUT_MS = 10_000;
/**
 * For a request to come whole: a batch of 16 MiB at 9 Mbit/s. Less than the 20 s of silence after which a connection is
 * closed without an answer, and than the 25 s in which a service has to stop.
 */
const REQUEST_TIMEOUT_MS = 15_000;
/** Who takes nothing of an answer for so long, or twice that while it is under way, is given up; feeds speak every 15 s. */
const CONNECTION_TIMEOUT_MS = 20_000;
/** A longer order id is looked at, and is none of ours. */
const MAX_PARAM_LENGTH = 1_000;

/** The api: takes in orders and what is asked of them, and tells of them. */
export async function startApi(): Promise<RunningService> {
  const config = loadConfiguration(ApiConfig, process.env);
  const telemetry = await startTelemetry('api', config);
  const { logger } = telemetry;
  const stopping = new AbortController();
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    // Node looks for slow requests every 30 s, and gives headers 60 s, unless told so at creation.
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      // Node's own answer to a request without a host has no body.
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // While it stops, the api still answers what comes on a connection that it has.
    return503OnClosing: false,
    frameworkErrors: answerRouterError,
    clientErrorHandler: answerClientError,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(config, telemetry, stopping.signal),
    adapter,
    {
      logger: new NestLogger(logger),
      bodyParser: false,
    },
  );
  const server = adapter.getInstance();
  app.useGlobalFilters(new ProblemFilter(logger));
  keepJsonBodies(server);
  observeRequests(server, telemetry);
  limitPipelining(server);
  answerOddRequests(server.server);
  mustHaveHost(server);
  letPagesCall(server, config.CORS_ORIGINS);
  streamBatchBodies(server);
  closeConnectionsOnStop(server, stopping.signal);
  serveDocuments(app, { typePrefix: config.EVENT_TYPE_PREFIX, source: config.EVENT_SOURCE });
  await app.listen(config.API_PORT, '0.0.0.0');
  return {
    logger,
    port: config.API_PORT,
    close: async () => {
      stopping.abort();
      await app.close();
      await app.get(OrdersQueue).idle();
      await telemetry.stop();
    },
  };
}
