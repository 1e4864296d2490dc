import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { OrderIds, OrderTable } from '#libs/orders';
import { awsClientOptions, type Logger, sqsClientOptions } from '#libs/service';
import type { ApiConfig } from './api.config.ts';
import { AuthGuard } from './auth/auth.guard.ts';
import { TokenVerifier } from './auth/token-verifier.ts';
import { HealthController } from './health/health.controller.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { QUOTA } from './http/rate-limit.guard.ts';
import { LOGGER } from './logger.ts';
import { OrderPlacement } from './orders/order-placement.ts';
import { OrderReading } from './orders/order-reading.ts';
import { OrdersController } from './orders/orders.controller.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

/** A second attempt of a send fits into the 1 s that the queue gives the whole call. */
const QUEUE_CALLS = { requestTimeoutMs: 500, maxAttempts: 2, maxSockets: 16 };
const TABLE_CALLS = { requestTimeoutMs: 1_000, maxAttempts: 2, maxSockets: 16 };

@Module({})
export class ApiModule {
  static with(config: ApiConfig, logger: Logger): DynamicModule {
    const tokenRules = {
      issuer: config.AUTH_ISSUER,
      audience: config.AUTH_AUDIENCE,
      jwksUrl: config.AUTH_JWKS_URL,
      rolesClaim: config.AUTH_ROLES_CLAIM,
    };
    const quota = { requests: config.RATE_LIMIT_REQUESTS, windowSeconds: config.RATE_LIMIT_WINDOW_SECONDS };
    const queue = new OrdersQueue(new SQSClient(sqsClientOptions(QUEUE_CALLS)), config.ORDERS_QUEUE_URL);
    const table = new OrderTable(new DynamoDBClient(awsClientOptions(TABLE_CALLS)), config.ORDERS_TABLE);
    return {
      module: ApiModule,
      controllers: [OrdersController, HealthController],
      providers: [
        AuthGuard,
        OrderPlacement,
        OrderReading,
        { provide: LOGGER, useValue: logger },
        { provide: TokenVerifier, useValue: new TokenVerifier(tokenRules) },
        { provide: QUOTA, useValue: quota },
        { provide: OrdersQueue, useValue: queue },
        { provide: OrderTable, useValue: table },
        { provide: OrderIds, useValue: new OrderIds(config.ORDER_ID_KEYS) },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
