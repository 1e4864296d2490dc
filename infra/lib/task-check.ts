import type { ServiceSize, StageConfig } from './config.ts';

/** A whole number within these bounds. */
export function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

/** MiB that Fargate gives to so many CPU units: least, most, and the step between. */
const FARGATE_MEMORY: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2_048, 512],
  512: [1_024, 4_096, 1_024],
  1024: [2_048, 8_192, 1_024],
  2048: [4_096, 16_384, 1_024],
  4096: [8_192, 30_720, 1_024],
};

/** What is wrong with a service's tasks: their size, and how many there may be. */
export function* sizeFaults(where: string, { cpu, memoryMiB, minTasks, maxTasks }: ServiceSize): Generator<string> {
  const memory = FARGATE_MEMORY[cpu];
  if (!memory) {
    yield `${where}.cpu must be one of ${Object.keys(FARGATE_MEMORY).join(', ')}`;
  } else {
    const [least, most, step] = memory;
    // 1,536 MiB goes with no quarter of a vCPU.
    if (!isWhole(memoryMiB, least, most) || memoryMiB % step !== 0 || (cpu === 256 && memoryMiB === 1_536))
      yield `${where}.memoryMiB must be ${least} to ${most} in steps of ${step} for ${cpu} CPU units`;
  }
  if (!isWhole(maxTasks, 1, 1_000)) yield `${where}.maxTasks must be 1 to 1000`;
  if (!isWhole(minTasks, 0, maxTasks)) yield `${where}.minTasks must be 0 to maxTasks`;
}

/** Which services may be without a task, and how much of the worker is Spot. */
export function* taskFaults({ services }: StageConfig): Generator<string> {
  for (const name of ['api', 'stream-relay'] as const) {
    if (services[name].minTasks === 0)
      yield `services.${name}.minTasks must be 1 or more: only the worker can be woken`;
  }
  if (!isWhole(services.worker.spotWeight, 0, 1_000)) yield 'services.worker.spotWeight must be 0 to 1000';
}
