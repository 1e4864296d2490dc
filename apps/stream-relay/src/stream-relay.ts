import { NestFactory } from '@nestjs/core';
import { loadConfiguration } from '#libs/configuration';
import { HealthServer, NestLogger, type RunningService, startTelemetry } from '#libs/service';
import { createOrderStream, startOrderStream } from './order-stream.ts';
import { relayHealth } from './relay-health.ts';
import { StreamRelayConfig } from './stream-relay.config.ts';
import { StreamRelayModule } from './stream-relay.module.ts';

/** Starts the stream relay, which publishes every change of the orders table to the topic, and its health server. */
export async function startStreamRelay(): Promise<RunningService> {
  const config = loadConfiguration(StreamRelayConfig, process.env);
  const telemetry = await startTelemetry('stream-relay', config);
  const { logger } = telemetry;
  const stream = createOrderStream(config, telemetry);
  const health = new HealthServer([relayHealth(stream, config.RELAY_LEASE_SECONDS)]);
  await health.listen(config.RELAY_PORT, config.LISTEN_ADDRESS);
  const app = await NestFactory.createApplicationContext(StreamRelayModule.with(stream, health), {
    logger: new NestLogger(logger),
  });
  await startOrderStream(stream);
  return {
    logger,
    port: config.RELAY_PORT,
    close: async () => {
      await app.close();
      await telemetry.stop();
    },
  };
}
