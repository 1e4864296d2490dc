import { eventConsumers, ordersQueue, type QueueDefinition } from '#libs/resources';
import type { Environment } from '../../../../operations/environment.ts';

/**
 * Flow: orders, changes or events a second. Oldest: milliseconds. Failures: messages in the station's dead-letter queue; of the api,
 * answers with a status of 500 or more in a minute.
 */
export type FigureName = 'flow' | 'backlog' | 'oldest' | 'failures';

/** A figure of a station: now, and over the last hour at even intervals. */
export interface Figure {
  now: number;
  line: readonly number[];
}

/** A station of an order's path. A figure that is absent is not known here. */
export interface Station {
  name: string;
  state: 'up' | 'down' | 'unknown';
  /** What needs attention. */
  detail?: string | undefined;
  figures: Partial<Record<FigureName, Figure>>;
}

export interface PipelineState {
  /** The time of the figures of now. ISO 8601, UTC. */
  at: string;
  /** The time that the lines of the figures cover. */
  seconds: number;
  stations: Station[];
}

export const PIPELINE = Symbol('PipelineSource');

/** Observes the pipeline. */
export interface PipelineSource {
  state(): Promise<PipelineState> | PipelineState;
  stop(): void;
}

/** The name of the station before the worker. */
export const ORDERS_QUEUE = 'orders queue';

/** The queues that services read, by the name of their station. A stage may have fewer subscribers. */
export function queuesOf({ hasQueue }: Pick<Environment, 'hasQueue'>): { name: string; queue: QueueDefinition }[] {
  const consumers = eventConsumers.filter(({ queue }) => hasQueue(queue.name));
  return [{ name: ORDERS_QUEUE, queue: ordersQueue }, ...consumers];
}
