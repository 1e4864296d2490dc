import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { OrderBatchTable, OrderTable, OutcomeTable } from '#libs/order-store';
import { CommandIds, OrderIds } from '#libs/orders';
import { MetricRecorder } from '#libs/metrics';
import { awsClient, SQS_OPTIONS, type Telemetry } from '#libs/service';
import type { ApiConfig } from './api.config.ts';
import { AuthGuard } from './auth/auth.guard.ts';
import { TokenVerifier } from './auth/token-verifier.ts';
import { HealthController } from './health/health.controller.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { QUOTA } from './http/rate-limit.guard.ts';
import { InvoicesController } from './invoices/invoices.controller.ts';
import { LOGGER } from './logger.ts';
import { OrderBatchesController } from './order-batches/order-batches.controller.ts';
import { OrderBatching } from './order-batches/order-batching.ts';
import { CommandOutcomes } from './order-changes/command-outcomes.ts';
import { CommandReading } from './order-changes/command-reading.ts';
import { OrderChangesController } from './order-changes/order-changes.controller.ts';
import { OrderChanging } from './order-changes/order-changing.ts';
import { OrderFeedController } from './order-feed/order-feed.controller.ts';
import { OrderFeed } from './order-feed/order-feed.ts';
import { OrderWatch } from './order-feed/order-watch.ts';
import { OrderPlacement } from './orders/order-placement.ts';
import { OrderReading } from './orders/order-reading.ts';
import { OrdersController } from './orders/orders.controller.ts';
import { OrdersQueue } from './orders/orders-queue.ts';
import { OutcomeWait } from './orders/outcome-wait.ts';
import { STOPPING } from './stopping.ts';

/** A second attempt of a send fits into the 1 s that the queue gives the whole call. */
const QUEUE_CALLS = { requestTimeoutMs: 500, maxAttempts: 2, maxSockets: 16 };
/** Two attempts and 0.4 s of waiting for a call to begin are 1.6 s of the 2 s in which an answer is promised. */
const TABLE_CALLS = { requestTimeoutMs: 600, maxAttempts: 2, maxSockets: 16 };

@Module({})
export class ApiModule {
  static with(config: ApiConfig, telemetry: Telemetry<'api'>, stopping: AbortSignal): DynamicModule {
    const tokenRules = {
      issuer: config.AUTH_ISSUER,
      audiences: config.AUTH_AUDIENCE,
      audienceClaim: config.AUTH_AUDIENCE_CLAIM,
      jwksUrl: config.AUTH_JWKS_URL,
      rolesClaim: config.AUTH_ROLES_CLAIM,
      ...(config.AUTH_ROLE_SCOPE_PREFIX && { roleScopePrefix: config.AUTH_ROLE_SCOPE_PREFIX }),
    };
    const quota = { requests: config.RATE_LIMIT_REQUESTS, windowSeconds: config.RATE_LIMIT_WINDOW_SECONDS };
    const sqs = awsClient(SQSClient, QUEUE_CALLS, SQS_OPTIONS);
    const queue = new OrdersQueue(sqs, config.ORDERS_QUEUE_URL, telemetry);
    const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
    const orderIds = new OrderIds(config.ORDER_ID_KEYS);
    return {
      module: ApiModule,
      controllers: [
        OrdersController,
        OrderChangesController,
        OrderFeedController,
        OrderBatchesController,
        InvoicesController,
        HealthController,
      ],
      providers: [
        AuthGuard,
        OrderPlacement,
        OrderReading,
        OutcomeWait,
        OrderChanging,
        CommandOutcomes,
        CommandReading,
        OrderWatch,
        OrderFeed,
        OrderBatching,
        { provide: LOGGER, useValue: telemetry.logger },
        { provide: MetricRecorder, useValue: telemetry.metrics },
        { provide: STOPPING, useValue: stopping },
        { provide: TokenVerifier, useValue: new TokenVerifier(tokenRules) },
        { provide: QUOTA, useValue: quota },
        { provide: OrdersQueue, useValue: queue },
        { provide: OrderTable, useValue: new OrderTable(dynamodb, config.ORDERS_TABLE) },
        { provide: OutcomeTable, useValue: new OutcomeTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
        { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
        { provide: OrderIds, useValue: orderIds },
        { provide: CommandIds, useValue: new CommandIds(orderIds) },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
