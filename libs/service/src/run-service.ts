import type { Logger } from './logger.ts';
import { collectStartGarbage } from './start-garbage.ts';

/** The environment lacks a variable or holds one that is out of its rule; the message lists every fault. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`bad configuration:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** A service that is up. */
export interface RunningService {
  logger: Logger;
  /** At which it answers `/health/…`. */
  port: number;
  /** Takes no more work, finishes what is in flight, lets go of everything. */
  close: () => Promise<void>;
}

/** The longest drain is the worker's 20 s; ECS sends SIGKILL 30 s after SIGTERM unless told otherwise. */
const CLOSE_TIMEOUT_MS = 25_000;

/**
 * Runs a process's service from start to exit: a start that fails says why and exits 1; SIGTERM and SIGINT close it and
 * exit 0; an error that nobody handled is logged, closes it and exits 1.
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  let service: RunningService;
  try {
    service = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  }
  const stop = stopOnce(service);
  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  for (const kind of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(kind, (error: unknown) => {
      service.logger.fatal(
        { err: error },
        kind === 'unhandledRejection' ? 'unhandled_rejection' : 'uncaught_exception',
      );
      stop(kind, 1);
    });
  }
  collectStartGarbage();
  service.logger.info({ port: service.port, pid: process.pid }, 'service_started');
}

function stopOnce({ logger, close }: RunningService): (reason: string, exitCode: number) => void {
  let stopping = false;
  return (reason, exitCode) => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'service_stopping');
    setTimeout(() => {
      logger.error({ timeoutMs: CLOSE_TIMEOUT_MS }, 'service_stop_timed_out');
      process.exit(1);
    }, CLOSE_TIMEOUT_MS).unref();
    close().then(
      () => {
        logger.info({ reason }, 'service_stopped');
        process.exit(exitCode);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'service_stop_failed');
        process.exit(1);
      },
    );
  };
}
