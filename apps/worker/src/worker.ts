import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { fastCheckOf, PlaceOrderCommand } from '#libs/order-requests';
import { OrderTable } from '#libs/order-store';
import { loadConfiguration } from '#libs/configuration';
import { HealthServer, NestLogger, type RunningService, startTelemetry } from '#libs/service';
import { createOrdersQueueTransport } from './orders-queue.transport.ts';
import { WorkerConfig } from './worker.config.ts';
import { WorkerModule } from './worker.module.ts';

/** Starts the worker: a microservice that handles the messages of the orders queue, and a port for health checks. */
export async function startWorker(): Promise<RunningService> {
  const config = loadConfiguration(WorkerConfig, process.env);
  const telemetry = await startTelemetry('worker', config);
  const { logger } = telemetry;
  // Compile now, so that the first orders do not wait for it.
  fastCheckOf(PlaceOrderCommand);
  const transport = createOrdersQueueTransport(config, telemetry);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule.with(config, telemetry), {
    strategy: transport,
    logger: new NestLogger(logger),
  });
  const table = app.get(OrderTable);
  const tableHealth = { name: 'ordersTable', required: true, check: () => table.probe() };
  const health = new HealthServer([transport.health, tableHealth]);
  await health.listen(config.WORKER_PORT, config.LISTEN_ADDRESS);
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
