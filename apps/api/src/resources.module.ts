import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type DynamicModule, Module } from '@nestjs/common';
import { OrderBatchTable, OrderTable, RefusedCommandTable } from '#libs/order-store';
import { CommandIds, OrderIds } from '#libs/orders';
import { awsClient, sqsClient, type Telemetry } from '#libs/service';
import type { ApiConfig } from './api.config.ts';
import { SignedClaims } from './auth/signed-claims.ts';
import { Starts, Turns } from './http/turns.ts';
import { MAX_TAX_PERCENT, SELLER_TIME_ZONE, STOPPING, TELEMETRY } from './injected.ts';
import { OrderPricing } from './orders/order-pricing.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

/** `OrdersQueue` gives a call 1 s: two attempts fit into it, and it cuts off a third, with which the SDK repeats a direct call. */
const QUEUE_CALLS = { requestTimeoutMs: 500, maxAttempts: 2, maxSockets: 16 };
/** Two attempts and 0.4 s until a call starts are 1.6 s of the 2 s in which an answer is promised. */
const TABLE_CALLS = { requestTimeoutMs: 600, maxAttempts: 2, maxSockets: 16 };

/** Provides to every module the objects that are made from the configuration: ids, queue and tables. */
@Module({})
export class ResourcesModule {
  static with(config: ApiConfig, telemetry: Telemetry<'api'>, stopping: AbortSignal): DynamicModule {
    const sqs = sqsClient(QUEUE_CALLS, config.SQS_CALLS);
    const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
    const orderIds = new OrderIds(config.ORDER_ID_KEYS);
    const providers = [
      Starts,
      Turns,
      { provide: TELEMETRY, useValue: telemetry },
      { provide: SELLER_TIME_ZONE, useValue: config.SELLER_TIME_ZONE },
      { provide: STOPPING, useValue: stopping },
      { provide: MAX_TAX_PERCENT, useValue: config.MAX_TAX_PERCENT },
      { provide: OrderIds, useValue: orderIds },
      { provide: CommandIds, useValue: new CommandIds(orderIds) },
      { provide: OrdersQueue, useValue: new OrdersQueue(sqs, config.ORDERS_QUEUE_URL, telemetry) },
      { provide: OrderPricing, useValue: pricingOf(config, telemetry) },
      { provide: OrderTable, useValue: new OrderTable(dynamodb, config.ORDERS_TABLE) },
      { provide: RefusedCommandTable, useValue: new RefusedCommandTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
      { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
    ];
    return { module: ResourcesModule, global: true, providers, exports: providers };
  }
}

function pricingOf({ PRICING, PRICING_JWKS_URL: jwksUrl = '' }: ApiConfig, { logger }: Telemetry<'api'>): OrderPricing {
  // One line at the start: a shop must not run like this.
  if (PRICING === 'open') logger.warn({ pricing: PRICING }, 'prices_not_checked');
  if (PRICING !== 'quote') return new OrderPricing(PRICING);
  const algorithms = ['ES256', 'EdDSA'];
  return new OrderPricing(PRICING, new SignedClaims({ what: 'quote', signer: 'shop', jwksUrl, algorithms, logger }));
}
