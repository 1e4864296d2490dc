import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { flushed, type Logger } from './logger.ts';

/** In percent of what a major collection leaves. V8's own is at most 40 in a container of 1 GiB, 30 in one of 512 MiB. */
const HEAP_GROWTH_PERCENT = 200;

/** A service that runs. */
export interface RunningService {
  logger: Logger;
  /** Port of `/health/…`. */
  port: number;
  /** Stops taking work, finishes what is in flight, and releases everything. */
  close: () => Promise<void>;
}

/** The longest drain is the worker's 20 s; ECS by default sends SIGKILL 30 s after SIGTERM. */
const CLOSE_TIMEOUT_MS = 25_000;

/**
 * Runs the service of a process from start to exit. A start that fails prints the reason and exits with 1. SIGTERM and
 * SIGINT close the service and exit with 0. An unhandled error is logged, closes the service and exits with 1.
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  let service: RunningService;
  try {
    service = await start();
  } catch (error) {
    process.stderr.write(`${startFailureText(error as Error)}\n`);
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
  collectSeldom();
  service.logger.info({ port: service.port, pid: process.pid }, 'service_started');
}

/** Only the message of an invalid configuration: its stack does not help. Checks the name, because plain Node cannot load its class. */
function startFailureText({ name, message, stack }: Error): string | undefined {
  return name === 'ConfigurationError' ? message : stack;
}

function stopOnce({ logger, close }: RunningService): (reason: string, exitCode: number) => void {
  let stopping = false;
  return (reason, exitCode) => {
    if (stopping) return;
    stopping = true;
    logger.info({ reason }, 'service_stopping');
    const exit = (code: number) => void flushed(logger).then(() => process.exit(code));
    setTimeout(() => {
      logger.error({ timeoutMs: CLOSE_TIMEOUT_MS }, 'service_stop_timed_out');
      exit(1);
    }, CLOSE_TIMEOUT_MS).unref();
    close().then(
      () => {
        logger.info({ reason }, 'service_stopped');
        exit(exitCode);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'service_stop_failed');
        exit(1);
      },
    );
  };
}

/**
 * Frees the memory that only the start needed: loading hundreds of modules leaves garbage that V8 keeps while a process
 * allocates little. A collection that also shrinks the young generation takes some 40 MB off an idle service: the api has 133 MB
 * of resident memory instead of 176 MB.
 */
function collectStartGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * Lets the heap grow to three times what a major collection left, at most half of the way to V8's limit. A collection takes 100 to
 * 200 ms of CPU time, for which half a vCPU needs up to a second: with V8's own growth there is one every few seconds in a
 * rush, and the api refuses orders during each.
 */
function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
}
