import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamicModule, Module } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { OrderBatchTable, OrderTable, RefusedCommandTable } from '#libs/order-store';
import { CommandIds, OrderIds } from '#libs/orders';
import { awsClient, SQS_OPTIONS, type Telemetry } from '#libs/service';
import { ApiConfig } from './api.config.ts';
import { type TokenRules, TokenVerifier } from './auth/token-verifier.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

/** Injects `Telemetry<'api'>`: log, metrics and traces. */
export const TELEMETRY = Symbol('telemetry');
/** Injects the AbortSignal that aborts when the api stops, so that long requests end. */
export const STOPPING = Symbol('stopping');

/** Two attempts fit into the 1 s that `OrdersQueue` gives a call. */
const QUEUE_CALLS = { requestTimeoutMs: 500, maxAttempts: 2, maxSockets: 16 };
/** Two attempts and 0.4 s until a call starts are 1.6 s of the 2 s in which an answer is promised. */
const TABLE_CALLS = { requestTimeoutMs: 600, maxAttempts: 2, maxSockets: 16 };

/** Provides to every module the objects that are made from the configuration: ids, queue, tables, token verifier and quota. */
@Module({})
export class ResourcesModule {
  static with(config: ApiConfig, telemetry: Telemetry<'api'>, stopping: AbortSignal): DynamicModule {
    const sqs = awsClient(SQSClient, QUEUE_CALLS, SQS_OPTIONS);
    const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
    const orderIds = new OrderIds(config.ORDER_ID_KEYS);
    const quota = { points: config.RATE_LIMIT_REQUESTS, duration: config.RATE_LIMIT_WINDOW_SECONDS };
    const providers = [
      { provide: TELEMETRY, useValue: telemetry },
      { provide: STOPPING, useValue: stopping },
      { provide: OrderIds, useValue: orderIds },
      { provide: CommandIds, useValue: new CommandIds(orderIds) },
      { provide: TokenVerifier, useValue: new TokenVerifier(tokenRulesOf(config)) },
      { provide: RateLimiterMemory, useValue: new RateLimiterMemory(quota) },
      { provide: OrdersQueue, useValue: new OrdersQueue(sqs, config.ORDERS_QUEUE_URL, telemetry) },
      { provide: OrderTable, useValue: new OrderTable(dynamodb, config.ORDERS_TABLE) },
      { provide: RefusedCommandTable, useValue: new RefusedCommandTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
      { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
    ];
    return { module: ResourcesModule, global: true, providers, exports: providers };
  }
}

function tokenRulesOf(config: ApiConfig): TokenRules {
  return {
    issuer: config.AUTH_ISSUER,
    audiences: config.AUTH_AUDIENCE,
    audienceClaim: config.AUTH_AUDIENCE_CLAIM,
    jwksUrl: config.AUTH_JWKS_URL,
    rolesClaim: config.AUTH_ROLES_CLAIM,
    ...(config.AUTH_ROLE_SCOPE_PREFIX && { roleScopePrefix: config.AUTH_ROLE_SCOPE_PREFIX }),
  };
}
