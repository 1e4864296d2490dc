/** How a dependency is: `detail` says what is wrong with one that is down, or what to look at in one that is up. */
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
  /** Nothing means up. One that throws, or takes longer than {@link CHECK_TIMEOUT_MS}, means down. */
  check: () => HealthReport | Promise<HealthReport | void>;
}

export interface Readiness {
  status: 'ready' | 'not_ready';
  dependencies: Record<string, HealthReport & { required: boolean }>;
}

/** Under the 2 s that a load balancer's health check usually waits. */
const CHECK_TIMEOUT_MS = 1_500;

/** Ready when every required dependency is up; tells of each which it is. */
export async function readiness(checks: readonly HealthCheck[]): Promise<Readiness> {
  const reports = await Promise.all(
    checks.map(async (check) => [check.name, { required: check.required, ...(await report(check)) }] as const),
  );
  const ready = reports.every(([, { required, status }]) => !required || status === 'up');
  return { status: ready ? 'ready' : 'not_ready', dependencies: Object.fromEntries(reports) };
}

async function report({ check }: HealthCheck): Promise<HealthReport> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HealthReport>((resolve) => {
    timer = setTimeout(
      () => resolve({ status: 'down', detail: `no answer in ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return (await Promise.race([check(), timeout])) ?? { status: 'up' };
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
