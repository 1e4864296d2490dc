import { createRequire } from 'node:module';
import type { LoggerService } from '@nestjs/common';
import { destination, pino, stdTimeFunctions, type Logger } from 'pino';
import type { ServiceConfig } from '#libs/configuration';

export type { Logger };

/**
 * Creates a logger with the common scheme: JSON lines with `level`, `time` (ISO 8601), `service`, `event` and the fields of
 * the event, with `orderId` and `traceId` if it concerns an order. A line contains no payload and no personal data.
 */
export function createLogger(service: string, config: Pick<ServiceConfig, 'LOG_LEVEL' | 'LOG_PRETTY'>): Logger {
  const options = {
    level: config.LOG_LEVEL,
    base: { service },
    messageKey: 'event',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Synchronous: what is buffered is flushed at exit, and that flush never ends if nobody reads the output any more.
  if (config.LOG_PRETTY !== 1) return pino(options, destination({ dest: process.stdout.fd, sync: true }));
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const format = { messageKey: 'event', ignore: 'service', translateTime: 'SYS:HH:MM:ss.l' };
  return pino(options, pretty({ ...format, singleLine: true, colorize: true }));
}

/** Logs Nest's own messages in the same scheme, as the event `nest`. */
export class NestLogger implements LoggerService {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  log(message: unknown, context?: string): void {
    this.logger.debug({ context, message }, 'nest');
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context, message }, 'nest');
  }

  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, stack, message: message instanceof Error ? message.message : message }, 'nest');
  }
}
