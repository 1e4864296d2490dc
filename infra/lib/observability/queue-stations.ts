import { Duration } from 'aws-cdk-lib/core';
import type { GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventConsumerName } from '#libs/resources';
import { ANY, consumerQueueAge, ordersQueueAge, type AlarmLimit } from '../alarms/alarm-limits.ts';
import { RunbookAlarm, type RunbookEntry } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { QueuePair } from '../data/queue.ts';
import { graph, type Station } from './dashboard.ts';

const period = Duration.minutes(1);
const sum = { statistic: 'Sum', period };

/** Where commands wait for the worker. */
export function ordersQueueStation(stack: Construct, config: StageConfig, orders: QueuePair): Station {
  const scope = new Construct(stack, 'OrdersQueue');
  const age = new QueueAgeAlarm(scope, 'Age', {
    config,
    name: 'orders-queue-age',
    meaning: 'Commands wait long for the worker',
    queue: orders.queue,
    limit: ordersQueueAge,
  });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: 'orders-dlq-not-empty',
    meaning: 'Messages were parked instead of handled',
    queue: orders.deadLetterQueue,
  });
  return { title: 'Orders queue', silent: [age], telling: [deadLetters], graphs: queueGraphs(orders) };
}

/** Where a service receives events. */
export function consumerStation(
  stack: Construct,
  config: StageConfig,
  name: EventConsumerName,
  queues: QueuePair,
): Station {
  const scope = new Construct(stack, name);
  const age = new QueueAgeAlarm(scope, 'Age', {
    config,
    name: `${name}-queue-age`,
    heading: 'consumer-queue-age',
    meaning: `Events wait long for ${name}`,
    queue: queues.queue,
    limit: consumerQueueAge,
  });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: `${name}-dlq-not-empty`,
    heading: 'consumer-dlq-not-empty',
    meaning: `Events were not handled by ${name}`,
    queue: queues.deadLetterQueue,
  });
  return { title: `Events of ${name}`, silent: [], telling: [age, deadLetters], graphs: queueGraphs(queues) };
}

/** Where events go out to the services. */
export function topicStation(stack: Construct, config: StageConfig, topic: Topic): Station {
  const failed = topic.metricNumberOfNotificationsFailed(sum);
  const failedAlarm = new RunbookAlarm(new Construct(stack, 'Topic'), 'Failed', {
    config,
    name: 'deliveries-failed',
    meaning: 'SNS gave up delivering events to a queue',
    // SNS reports what happened, and nothing of a minute without.
    metric: failed,
    limit: ANY,
  });
  return {
    title: 'Topic',
    silent: [],
    telling: [failedAlarm],
    graphs: [
      graph('Events published and delivered', {
        left: [topic.metricNumberOfMessagesPublished(sum), topic.metricNumberOfNotificationsDelivered(sum)],
      }),
      graph('Deliveries failed', { left: [failed] }),
      graph('Bytes of an event', { left: [topic.metricPublishSize({ ...sum, statistic: 'Maximum' })] }),
    ],
  };
}

export interface DeadLettersAlarmProps extends RunbookEntry {
  readonly queue: Queue;
}

/** A queue that has a message always reports it, so one that reports nothing is empty. */
export class DeadLettersAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...entry }: DeadLettersAlarmProps) {
    super(scope, id, { ...entry, metric: waiting(queue), limit: ANY });
  }
}

interface QueueAgeAlarmProps extends RunbookEntry {
  readonly queue: Queue;
  readonly limit: AlarmLimit;
}

/** By the oldest message; an empty queue has none, and reports nothing. */
class QueueAgeAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...props }: QueueAgeAlarmProps) {
    super(scope, id, { ...props, metric: oldest(queue) });
  }
}

/** What waits in a queue, what is in flight, and how old the oldest message is. */
function queueGraphs({ queue, deadLetterQueue }: QueuePair): GraphWidget[] {
  const inFlight = queue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum', period });
  return [
    graph('Messages sent and done', {
      left: [queue.metricNumberOfMessagesSent(sum), queue.metricNumberOfMessagesDeleted(sum)],
    }),
    graph('Messages waiting and in hand', { left: [waiting(queue), inFlight] }),
    graph('Age of the oldest message', { left: [oldest(queue)] }),
    graph('Dead letters', { left: [waiting(deadLetterQueue)] }),
  ];
}

export function waiting(queue: Queue) {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period });
}

function oldest(queue: Queue) {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period });
}
