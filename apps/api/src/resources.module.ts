import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type DynamicModule, Module } from '@nestjs/common';
import { OrderBatchTable, OrderTable, RefusedCommandTable } from '#libs/order-store';
import { CommandIds, OrderIds } from '#libs/orders';
import { awsClient, sqsClient, type Telemetry } from '#libs/service';
import type { ApiConfig } from './api.config.ts';
import { Starts, Turns } from './http/turns.ts';
import { STOPPING, TELEMETRY } from './injected.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

/** Two attempts fit into the 1 s that `OrdersQueue` gives a call. */
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
      { provide: STOPPING, useValue: stopping },
      { provide: OrderIds, useValue: orderIds },
      { provide: CommandIds, useValue: new CommandIds(orderIds) },
      { provide: OrdersQueue, useValue: new OrdersQueue(sqs, config.ORDERS_QUEUE_URL, telemetry) },
      { provide: OrderTable, useValue: new OrderTable(dynamodb, config.ORDERS_TABLE) },
      { provide: RefusedCommandTable, useValue: new RefusedCommandTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
      { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
    ];
    return { module: ResourcesModule, global: true, providers, exports: providers };
  }
}
