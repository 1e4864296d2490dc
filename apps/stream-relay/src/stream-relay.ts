import { NestFactory } from '@nestjs/core';
import { createLogger, HealthServer, loadConfiguration, NestLogger, type RunningService } from '#libs/service';
import { createOrderStream, startOrderStream } from './order-stream.ts';
import { relayHealth } from './relay-health.ts';
import { StreamRelayConfig } from './stream-relay.config.ts';
import { StreamRelayModule } from './stream-relay.module.ts';

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
  await startOrderStream(stream);
  return { logger, port: config.RELAY_PORT, close: () => app.close() };
}
