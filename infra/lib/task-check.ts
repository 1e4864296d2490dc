import type { ServiceSize, StageConfig } from './config.ts';

/** Whether the value is a whole number within these bounds. */
export function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

/** The memory in MiB that Fargate offers for a number of CPU units: least, most, and the step between. */
const FARGATE_MEMORY: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2_048, 512],
  512: [1_024, 4_096, 1_024],
  1024: [2_048, 8_192, 1_024],
  2048: [4_096, 16_384, 1_024],
  4096: [8_192, 30_720, 1_024],
};

/** The errors in the size and number of a service's tasks. */
export function* sizeErrors(where: string, { cpu, memoryMiB, minTasks, maxTasks }: ServiceSize): Generator<string> {
  const memory = FARGATE_MEMORY[cpu];
  if (!memory) {
    yield `${where}.cpu must be one of ${Object.keys(FARGATE_MEMORY).join(', ')}`;
  } else {
    const [least, most, step] = memory;
    // Fargate offers no 1,536 MiB for a quarter of a vCPU.
    if (!isWhole(memoryMiB, least, most) || memoryMiB % step !== 0 || (cpu === 256 && memoryMiB === 1_536))
      yield `${where}.memoryMiB must be ${least} to ${most} in steps of ${step} for ${cpu} CPU units`;
  }
  if (!isWhole(maxTasks, 1, 1_000)) yield `${where}.maxTasks must be 1 to 1000`;
  if (!isWhole(minTasks, 1, maxTasks))
    yield `${where}.minTasks must be 1 to maxTasks: a service without tasks cannot follow its queue`;
}

/** The errors in the worker's share of Spot. */
export function* spotErrors({ services: { worker }, campaigns }: StageConfig): Generator<string> {
  const most = Math.max(worker.minTasks, ...campaigns.map(({ minTasks }) => minTasks.worker ?? 0));
  if (!isWhole(worker.onDemandTasks, most, worker.maxTasks))
    yield `services.worker.onDemandTasks must be ${most}, the minimum of the stage and its campaigns, to maxTasks`;
  if (!isWhole(worker.spotWeight, 0, 1_000)) yield 'services.worker.spotWeight must be 0 to 1000';
}
