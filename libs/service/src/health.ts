/** State of a dependency. `detail` says what is wrong if it is down, or what needs attention if it is up. */
export interface HealthReport {
  status: 'up' | 'down';
  detail?: string;
  [field: string]: unknown;
}

export interface HealthCheck {
  /** The dependency, as named in the architecture: `ordersQueue`, `ordersTable`. */
  name: string;
  /** Whether the service can do its work without it. */
  required: boolean;
  /** Returns nothing if the dependency is up. A check that throws, or takes over {@link CHECK_TIMEOUT_MS}, means down. */
  check: () => HealthReport | Promise<HealthReport | void>;
}

export interface Readiness {
  status: 'ready' | 'not_ready';
  dependencies: Record<string, HealthReport & { required: boolean }>;
}

/** Below the 2 s that the health check of a load balancer usually waits. */
const CHECK_TIMEOUT_MS = 1_500;

/** Anybody may ask, so the dependencies are asked once in this time, however many callers there are. */
const MAX_AGE_MS = 1_000;

/** The state of the dependencies, at most a second old. */
export class ReadinessReport {
  private readonly checks: readonly HealthCheck[];
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private last: Promise<Readiness> | undefined;

  constructor(checks: readonly HealthCheck[]) {
    this.checks = checks;
  }

  /** The service is ready when every required dependency is up. */
  read(): Promise<Readiness> {
    const nowMs = performance.now();
    if (!this.last || nowMs - this.askedAtMs > MAX_AGE_MS) {
      this.askedAtMs = nowMs;
      this.last = readiness(this.checks);
    }
    return this.last;
  }
}

async function readiness(checks: readonly HealthCheck[]): Promise<Readiness> {
  const reports = await Promise.all(
    checks.map(async (check) => [check.name, { required: check.required, ...(await report(check)) }] as const),
  );
  const ready = reports.every(([, { required, status }]) => !required || status === 'up');
  return { status: ready ? 'ready' : 'not_ready', dependencies: Object.fromEntries(reports) };
}

async function report({ check }: HealthCheck): Promise<HealthReport> {
  const timeout = Promise.withResolvers<HealthReport>();
  const late = { status: 'down', detail: `no answer in ${CHECK_TIMEOUT_MS} ms` } as const;
  const timer = setTimeout(() => timeout.resolve(late), CHECK_TIMEOUT_MS);
  try {
    return (await Promise.race([check(), timeout.promise])) ?? { status: 'up' };
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
