import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

/** The same as on ECS. A service gives up by itself before that. */
const STOP_TIMEOUT_MS = 30_000;
const FIRST_RESTART_DELAY_MS = 250;
const LONGEST_RESTART_DELAY_MS = 5_000;
/** A process that ran this long counts as healthy: its next restart is a quick one again. */
const HEALTHY_AFTER_MS = 10_000;

/** Receives one line of output of the named process. */
export type WriteLine = (name: string, line: string) => void;

export interface ProcessDefinition {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Default: standard output is discarded, and standard error goes to that of this process. */
  readonly write?: WriteLine | undefined;
  /** Whether it is started again when it ends without being stopped. Default: true. */
  readonly restarts?: boolean;
  /** The time from SIGTERM to SIGKILL in a stop, in milliseconds. Default: 30 seconds. */
  readonly stopTimeoutMs?: number;
}

const running = new Set<SupervisedProcess>();

/** Kills all running processes at once. */
export function killRemaining(): void {
  for (const process of running) process.kill();
}

/**
 * A child process that is started again when it ends without being stopped.
 *
 * It leads a process group of its own, so that a terminal's Ctrl-C reaches only this process, which decides the order of stops.
 * Emits `ready` each time the child reports it by IPC, and `exit` with the reason each time the child ends.
 */
export class SupervisedProcess extends EventEmitter<{ ready: []; exit: [reason: string] }> {
  readonly name: string;
  lastExit: string | undefined;
  private readonly definition: ProcessDefinition;
  private child: ChildProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private quickDeaths = 0;
  private stopping = false;

  constructor(definition: ProcessDefinition) {
    super();
    this.definition = definition;
    this.name = definition.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): this {
    const { command, args, env, write } = this.definition;
    const output = write ? (['pipe', 'pipe'] as const) : (['ignore', 'inherit'] as const);
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', ...output, 'ipc'] });
    const startedAt = performance.now();
    this.child = child;
    running.add(this);
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.write(line));
    }
    child.on('message', (message) => message === 'ready' && this.emit('ready'));
    child.once('error', (error) => (this.lastExit = error.message));
    child.once('exit', (code, signal) => {
      this.lastExit = signal ? `ended by ${signal}` : `exited with code ${code}`;
      killGroup(child);
    });
    child.once('close', () => this.onClose(performance.now() - startedAt));
    return this;
  }

  /** Starts the child and resolves once it is ready; rejects when it ends before that. */
  async begin(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const end = (reason: string): void => ended.abort(new Error(`${this.name} ${reason} before it was ready`));
    this.once('exit', end);
    const ready = this.ready(timeoutMs, signal ? AbortSignal.any([signal, ended.signal]) : ended.signal);
    this.start();
    await ready.finally(() => this.off('exit', end));
  }

  /** Resolves at the child's next `ready`; rejects when that takes too long or `signal` aborts. */
  async ready(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      await once(this, 'ready', { signal: signal ? AbortSignal.any([timeout, signal]) : timeout });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const reason = this.lastExit ? `, it ${this.lastExit}` : '';
      throw new Error(`${this.name} was not ready within ${timeoutMs / 1000} s${reason}`, { cause: error });
    }
  }

  /** Sends a signal to the child, waits for its end for a bounded time, and then kills it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    if (!this.child) return;
    const timeoutMs = this.definition.stopTimeoutMs ?? STOP_TIMEOUT_MS;
    const deadline = setTimeout(() => {
      this.write(`did not stop within ${timeoutMs / 1000} s: killing it`);
      this.kill();
    }, timeoutMs);
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    // A process that SIGSTOP has stopped handles no other signal before this one.
    this.child.kill('SIGCONT');
    await closed;
    clearTimeout(deadline);
  }

  /** Kills the child and everything it started. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    if (this.child) killGroup(this.child);
  }

  private onClose(livedMs: number): void {
    this.child = undefined;
    running.delete(this);
    this.emit('exit', this.lastExit ?? 'ended');
    if (!this.stopping && this.definition.restarts !== false) this.restart(livedMs);
  }

  private restart(livedMs: number): void {
    this.quickDeaths = livedMs < HEALTHY_AFTER_MS ? this.quickDeaths + 1 : 1;
    const delayMs = Math.min(LONGEST_RESTART_DELAY_MS, FIRST_RESTART_DELAY_MS * 2 ** (this.quickDeaths - 1));
    this.write(`${this.lastExit} unexpectedly: restarting it in ${delayMs / 1000} s`);
    this.restartTimer = setTimeout(() => this.start(), delayMs);
  }

  private write(line: string): void {
    this.definition.write?.(this.name, line);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty: nothing is left to kill.
  }
}
