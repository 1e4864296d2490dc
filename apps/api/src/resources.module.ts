import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type DynamicModule, Module } from '@nestjs/common';
import { OrderBatchTable, OrderTable, OutcomeTable } from '#libs/order-store';
import { awsClient, SQS_OPTIONS, type Telemetry } from '#libs/service';
import { ApiConfig } from './api.config.ts';

/** Injects `Telemetry<'api'>`: log, metrics and traces. */
export const TELEMETRY = Symbol('telemetry');
/** Injects the AbortSignal that aborts when the api stops, so that long requests end. */
export const STOPPING = Symbol('stopping');

/** Two attempts fit into the 1 s that `OrdersQueue` gives a call. */
const QUEUE_CALLS = { requestTimeoutMs: 500, maxAttempts: 2, maxSockets: 16 };
/** Two attempts and 0.4 s of waiting for a call to begin are 1.6 s of the 2 s in which an answer is promised. */
const TABLE_CALLS = { requestTimeoutMs: 600, maxAttempts: 2, maxSockets: 16 };

/** Provides to every module: the configuration, the telemetry, the signal to stop, the client of SQS and the tables. */
@Module({})
export class ResourcesModule {
  static with(config: ApiConfig, telemetry: Telemetry<'api'>, stopping: AbortSignal): DynamicModule {
    const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
    const providers = [
      { provide: ApiConfig, useValue: config },
      { provide: TELEMETRY, useValue: telemetry },
      { provide: STOPPING, useValue: stopping },
      { provide: SQSClient, useValue: awsClient(SQSClient, QUEUE_CALLS, SQS_OPTIONS) },
      { provide: OrderTable, useValue: new OrderTable(dynamodb, config.ORDERS_TABLE) },
      { provide: OutcomeTable, useValue: new OutcomeTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
      { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
    ];
    return { module: ResourcesModule, global: true, providers, exports: providers };
  }
}
