import { Construct } from 'constructs';
import { ordersQueueAge } from '../alarms/alarm-limits.ts';
import type { QueuePair } from '../data/queue-pair.ts';
import { DeadLettersAlarm, QueueAgeAlarm, queueGraphs } from './queue-alarms.ts';
import type { Station, StationProps } from './station.ts';

export interface OrdersQueueStationProps extends StationProps {
  readonly orders: QueuePair;
}

/** Where commands wait for the worker. */
export class OrdersQueueStation extends Construct implements Station {
  readonly title = 'Orders queue';
  readonly telling;
  readonly silent;
  readonly graphs;

  constructor(scope: Construct, id: string, { config, orders }: OrdersQueueStationProps) {
    super(scope, id);
    this.silent = [
      new QueueAgeAlarm(this, 'Age', {
        config,
        name: 'orders-queue-age',
        meaning: 'Commands wait long for the worker',
        queue: orders.queue,
        limit: ordersQueueAge,
      }),
    ];
    this.telling = [
      new DeadLettersAlarm(this, 'DeadLetters', {
        config,
        name: 'orders-dlq-not-empty',
        meaning: 'Messages were parked instead of handled',
        queue: orders.deadLetterQueue,
      }),
    ];
    this.graphs = queueGraphs(orders.queue, orders.deadLetterQueue);
  }
}
