import { Construct } from 'constructs';
import type { EventConsumerName } from '#libs/resources';
import { consumerQueueAge } from '../alarms/alarm-limits.ts';
import type { QueuePair } from '../data/queue-pair.ts';
import { DeadLettersAlarm, QueueAgeAlarm, queueGraphs } from './queue-alarms.ts';
import type { Station, StationProps } from './station.ts';

export interface ConsumerStationProps extends StationProps {
  readonly name: EventConsumerName;
  readonly queues: QueuePair;
}

/** Where a service receives events. */
export class ConsumerStation extends Construct implements Station {
  readonly title: string;
  readonly telling;
  readonly silent = [];
  readonly graphs;

  constructor(scope: Construct, id: string, { config, name, queues }: ConsumerStationProps) {
    super(scope, id);
    this.title = `Events of ${name}`;
    this.telling = [
      new QueueAgeAlarm(this, 'Age', {
        config,
        name: `${name}-queue-age`,
        heading: 'consumer-queue-age',
        meaning: `Events wait long for ${name}`,
        queue: queues.queue,
        limit: consumerQueueAge,
      }),
      new DeadLettersAlarm(this, 'DeadLetters', {
        config,
        name: `${name}-dlq-not-empty`,
        heading: 'consumer-dlq-not-empty',
        meaning: `Events were not handled by ${name}`,
        queue: queues.deadLetterQueue,
      }),
    ];
    this.graphs = queueGraphs(queues.queue, queues.deadLetterQueue);
  }
}
