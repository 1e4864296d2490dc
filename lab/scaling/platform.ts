import { readFileSync } from 'node:fs';
import { serviceNames, type ServiceName, type ServiceSize, type StageConfig } from '../../infra/lib/config.ts';
import {
  scalingPolicies,
  scheduledMinimums,
  type ScalingPolicy,
  type ScheduledMinimum,
} from '../../infra/lib/scaling/scaling-policies.ts';
import type { Assumptions } from './assumptions.ts';

export type PerService<Value> = Readonly<Record<ServiceName, Value>>;

/** A service with everything that determines its number of tasks. */
export interface ScaledService extends ServiceSize {
  readonly policies: readonly ScalingPolicy[];
  readonly minimums: readonly ScheduledMinimum[];
}

export interface Platform {
  readonly services: PerService<ScaledService>;
}

export function perService<Value>(valueOf: (name: ServiceName) => Value): PerService<Value> {
  return { api: valueOf('api'), worker: valueOf('worker'), 'stream-relay': valueOf('stream-relay') };
}

/** The platform that infra creates from a stage's configuration. */
export function platformOf(config: StageConfig): Platform {
  const policies = scalingPolicies(config);
  return {
    services: perService((name) => ({
      ...config.services[name],
      policies: policies[name],
      minimums: scheduledMinimums(config, name),
    })),
  };
}

/** Orders a second that the orders table accepts. */
export function tableOrdersPerSecond({ tableWriteUnits, writeUnitsPerOrder }: Assumptions): number {
  return Math.floor(tableWriteUnits / writeUnitsPerOrder);
}

/** The number of shards of the orders table's stream: one for each partition. */
export function shardsOf({ tableWriteUnits, writeUnitsPerPartition }: Assumptions): number {
  return Math.ceil(tableWriteUnits / writeUnitsPerPartition);
}

interface MeasuredRates {
  readonly vcpu: number;
  readonly ordersPerSecond: PerService<number>;
}

/** Orders a second of one task of each service, from a task of the measured size. */
export function taskRates({ services }: Platform): PerService<number> {
  const measured = readFileSync(new URL('../bench/results/task-rates.json', import.meta.url), 'utf8');
  const { vcpu, ordersPerSecond } = JSON.parse(measured) as MeasuredRates;
  return perService((name) => (services[name].cpu / 1_024 / vcpu) * ordersPerSecond[name]);
}

export { serviceNames, type ServiceName };
