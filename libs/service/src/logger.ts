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
  if (config.LOG_PRETTY !== 1) return pino(options, standardOutput());
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const format = { messageKey: 'event', ignore: 'service', translateTime: 'SYS:HH:MM:ss.l' };
  return pino(options, pretty({ ...format, singleLine: true, colorize: true }));
}

/** Beyond this, lines are dropped: whoever reads the output has stalled. */
const MAX_BUFFERED_BYTES = 8 * 1_048_576;
const FLUSH_TIMEOUT_MS = 1_000;

/** Never blocks the event loop, however slowly the output is read. */
function standardOutput(): ReturnType<typeof destination> {
  const options = { dest: process.stdout.fd, sync: false, minLength: 1, maxLength: MAX_BUFFERED_BYTES };
  const output = destination(options);
  // At exit, pino flushes synchronously, which never ends if nobody reads; `flushed` does it before.
  output.flushSync = () => undefined;
  return output;
}

/** Resolves when the lines of a logger are written, or after a second. */
export function flushed(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, FLUSH_TIMEOUT_MS).unref();
    logger.flush(() => resolve());
  });
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
