import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskRates } from './pipeline.ts';
import type { Platform, ServiceName } from './scaled-service.ts';

const MEASURED = join(import.meta.dirname, '../bench/results/task-rates.json');

interface MeasuredRates {
  readonly utilisation: number;
  readonly tasks: Readonly<Record<ServiceName, { readonly cpuMsPerOrder: number }>>;
}

/**
 * Orders that a task of the template's size gets done in a second, by the CPU time that was measured of one. The
 * utilisation leaves room for what the measurement has not: TLS to AWS, and a core of Fargate that is slower.
 */
export function taskRates({ services }: Platform): TaskRates {
  const { utilisation, tasks } = JSON.parse(readFileSync(MEASURED, 'utf8')) as MeasuredRates;
  const rate = (name: ServiceName) => (services[name].vcpu * 1_000 * utilisation) / tasks[name].cpuMsPerOrder;
  return { api: rate('api'), worker: rate('worker'), 'stream-relay': rate('stream-relay') };
}
