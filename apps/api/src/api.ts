import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastCheckOf, OrderSubmission } from '#libs/order-requests';
import { loadConfiguration } from '#libs/configuration';
import { NestLogger, type RunningService, startTelemetry } from '#libs/service';
import { ApiConfig } from './api.config.ts';
import { chargeForAnswers } from './auth/rate-limit.guard.ts';
import { ApiModule } from './api.module.ts';
import { streamBatchBodies } from './batches/batch-body.ts';
import { closeConnectionsOnStop, leaveBodiesUnread, limitPipelining, listen } from './http/connections.ts';
import { allowPages, headersForPages } from './http/cross-origin.ts';
import { serveDocuments } from './http/documents.ts';
import { answerClientError, answerSpecialRequests, answerRouterError, mustHaveHost } from './http/early-problems.ts';
import { keepJsonBodies } from './http/json-body.ts';
import { Overload } from './http/overload.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { observeRequests } from './http/request-telemetry.ts';
import { spreadAnonymousRequests } from './http/anonymous-requests.ts';
import { Starts } from './http/turns.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

/** Limits of the size and the time of requests. */
const LIMITS = {
  bodyLimit: 256 * 1_024,
  /** Longer than the 60 s after which a load balancer closes an idle connection, so that the api never closes first. */
  keepAliveTimeout: 65_000,
  /**
   * A connection whose client reads nothing for this long, or for twice as long in the middle of an answer, is closed;
   * feeds send something every 15 s.
   */
  connectionTimeout: 20_000,
  http: {
    /** The time for the headers of a request to arrive. Node's default is 60 s. */
    headersTimeout: 10_000,
    /**
     * The time for a whole request to arrive: a batch of 16 MiB at 9 Mbit/s. Less than `connectionTimeout`, which closes a
     * connection without an answer, and than the 25 s in which a service has to stop.
     */
    requestTimeout: 15_000,
    /** How often Node checks for slow requests. Its default is 30 s. */
    connectionsCheckingInterval: 1_000,
    // Node's own answer to a request without a host has no body.
    requireHostHeader: false,
  },
  /** Longer ids are rejected: we never issue them. */
  routerOptions: { maxParamLength: 1_000 },
};

/** Starts the api: it accepts orders and commands for the worker, and shows their outcomes. */
export async function startApi(): Promise<RunningService> {
  const config = loadConfiguration(ApiConfig, process.env);
  const telemetry = await startTelemetry('api', config);
  const { logger } = telemetry;
  // Compile now, so that the first orders do not wait for it.
  fastCheckOf(OrderSubmission);
  const stopping = new AbortController();
  const adapter = new FastifyAdapter({
    ...LIMITS,
    requestTimeout: LIMITS.http.requestTimeout,
    // While it stops, the api still answers requests on open connections.
    return503OnClosing: false,
    frameworkErrors: answerRouterError,
    clientErrorHandler: answerClientError,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(config, telemetry, stopping.signal),
    adapter,
    { logger: new NestLogger(logger), bodyParser: false },
  );
  const server = adapter.getInstance();
  app.useGlobalFilters(new ProblemFilter(logger, app.get(Starts)));
  keepJsonBodies(server);
  observeRequests(server, telemetry, config.ORDER_ID_KEYS[0] as string);
  const overload = new Overload(app.get(OrdersQueue), headersForPages(config.CORS_ORIGINS), telemetry);
  limitPipelining(server, (request, response) => overload.refuses(request, response));
  spreadAnonymousRequests(server, app.get(Starts));
  leaveBodiesUnread(server);
  chargeForAnswers(server);
  answerSpecialRequests(server.server);
  mustHaveHost(server);
  allowPages(server, config.CORS_ORIGINS);
  streamBatchBodies(server);
  closeConnectionsOnStop(server, stopping.signal);
  serveDocuments(app, { typePrefix: config.EVENT_TYPE_PREFIX, source: config.EVENT_SOURCE });
  const close = await listen(app, { port: config.API_PORT, host: config.LISTEN_ADDRESS });
  return {
    logger,
    port: config.API_PORT,
    close: async () => {
      stopping.abort();
      await close();
      await app.get(OrdersQueue).idle();
      await telemetry.stop();
    },
  };
}
