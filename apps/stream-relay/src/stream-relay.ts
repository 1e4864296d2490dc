import { NestFactory } from '@nestjs/core';
import { StreamConsumerError, type StreamConsumer, type StreamConsumerErrorCode } from '#libs/dynamodb-streams';
import {
  ConfigurationError,
  createLogger,
  HealthServer,
  loadConfiguration,
  NestLogger,
  type RunningService,
} from '#libs/service';
import { createOrderStream } from './order-stream.ts';
import { relayHealth } from './relay-health.ts';
import { StreamRelayConfig } from './stream-relay.config.ts';
import { StreamRelayModule } from './stream-relay.module.ts';

/** The variables to look at when a start fails for what no waiting mends. */
const variablesOf: Partial<Record<StreamConsumerErrorCode, string>> = {
  STREAM_NOT_FOUND: 'ORDERS_STREAM_ARN',
  STREAM_DISABLED: 'ORDERS_STREAM_ARN, RELAY_READ_DISABLED_STREAM',
  LEASE_TABLE_NOT_FOUND: 'LEASES_TABLE',
};

/** The stream relay: tells the topic every change of the orders table, and a port how it does. */
export async function startStreamRelay(): Promise<RunningService> {
  const config = loadConfiguration(StreamRelayConfig, process.env);
  const logger = createLogger('stream-relay', config);
  const stream = createOrderStream(config, logger);
  const health = new HealthServer([relayHealth(stream, config.RELAY_LEASE_SECONDS)]);
  await health.listen(config.RELAY_PORT);
  const app = await NestFactory.createApplicationContext(StreamRelayModule.with(stream, health), {
    logger: new NestLogger(logger),
  });
  await startReading(stream);
  logger.info({ port: config.RELAY_PORT, pid: process.pid }, 'service_started');
  return { logger, close: () => app.close() };
}

async function startReading(stream: StreamConsumer): Promise<void> {
  try {
    await stream.start();
  } catch (error) {
    const variables = error instanceof StreamConsumerError ? variablesOf[error.code] : undefined;
    if (!(error instanceof StreamConsumerError) || variables === undefined) throw error;
    throw new ConfigurationError([`${variables}: ${error.message}`]);
  }
}
