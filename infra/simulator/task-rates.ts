import rates from '../../bench/results/task-rates.json' with { type: 'json' };
import type { TaskRates } from './pipeline.ts';
import type { Platform, ServiceName } from './scaled-service.ts';

/**
 * Orders that a task of the template's size gets done in a second, by the CPU time that was measured of one. The
 * utilisation leaves room for what the measurement has not: TLS to AWS, and a core of Fargate that is slower.
 */
export function taskRates({ services }: Platform): TaskRates {
  const rate = (name: ServiceName) =>
    (services[name].vcpu * 1_000 * rates.utilisation) / rates.tasks[name].cpuMsPerOrder;
  return { api: rate('api'), worker: rate('worker'), 'stream-relay': rate('stream-relay') };
}
