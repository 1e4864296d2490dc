import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { fastCheckOf, PlaceOrderCommand } from '#libs/order-requests';
import { OrderBatchTable, OrderTable, OutcomeTable } from '#libs/order-store';
import { loadConfiguration } from '#libs/configuration';
import { awsClient, HealthServer, NestLogger, type RunningService, startTelemetry } from '#libs/service';
import { createOrdersQueueTransport } from './orders-queue.transport.ts';
import { WorkerConfig } from './worker.config.ts';
import { WorkerModule } from './worker.module.ts';

/** A call with 25 inserts takes about 10 ms. Two attempts of 3 s end well within a message's 30 s of invisibility. */
const TABLE_CALLS = { requestTimeoutMs: 3_000, maxAttempts: 2, maxSockets: 16 };

/** Starts the worker: a microservice that handles the messages of the orders queue, and a port for health checks. */
export async function startWorker(): Promise<RunningService> {
  const config = loadConfiguration(WorkerConfig, process.env);
  const telemetry = await startTelemetry('worker', config);
  const { logger } = telemetry;
  // Compiled before the first messages come, which would wait for it.
  fastCheckOf(PlaceOrderCommand);
  const transport = createOrdersQueueTransport(config, telemetry);
  const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
  const orders = new OrderTable(dynamodb, config.ORDERS_TABLE);
  const outcomes = new OutcomeTable(dynamodb, config.COMMAND_OUTCOMES_TABLE);
  const batches = new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE);
  const tableHealth = { name: 'ordersTable', required: true, check: () => orders.probe() };
  const health = new HealthServer([transport.health, tableHealth]);
  await health.listen(config.WORKER_PORT);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    WorkerModule.with(config, { orders, outcomes, batches }, telemetry),
    {
      strategy: transport,
      logger: new NestLogger(logger),
    },
  );
  await app.listen();
  return {
    logger,
    port: config.WORKER_PORT,
    close: async () => {
      await app.close();
      await health.close();
      await telemetry.stop();
    },
  };
}
