import type { GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { EventConsumerQueues } from '../data/order-events-topic.ts';
import type { QueuePair } from '../data/queue.ts';
import { ANY, RunbookAlarm, period, type AlarmLimit, type RunbookEntry } from '../runbook-alarm.ts';
import { graph, type Station } from './dashboard.ts';

const sum = { statistic: 'Sum', period };

/** The queue in which commands wait for the worker. */
export function ordersQueueStation(stack: Construct, config: StageConfig, orders: QueuePair): Station {
  const scope = new Construct(stack, 'OrdersQueue');
  const age = new QueueAgeAlarm(scope, 'Age', {
    config,
    name: 'orders-queue-age',
    meaning: 'Commands wait long for the worker',
    queue: orders.queue,
    // Seconds. Scaling aims at a backlog of 5 s; after a spike, tasks are added in one minute and run two minutes later.
    limit: { atLeast: 180, minutes: 3 },
  });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: 'orders-dlq-not-empty',
    meaning: 'Messages were dead-lettered instead of handled',
    queue: orders.deadLetterQueue,
  });
  return { title: 'Orders queue', alarms: [age, deadLetters], graphs: queueGraphs(orders) };
}

/** The queue from which a subscriber receives events. */
export function consumerStation(stack: Construct, config: StageConfig, queues: EventConsumerQueues): Station {
  const { name } = queues;
  const scope = new Construct(stack, name);
  const age = new QueueAgeAlarm(scope, 'Age', {
    config,
    name: `${name}-queue-age`,
    heading: 'consumer-queue-age',
    meaning: `Events wait long for ${name}`,
    queue: queues.queue,
    // Seconds. A subscriber may deploy or be down for a while; its events are kept for 14 days.
    limit: { atLeast: 900, minutes: 5 },
  });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: `${name}-dlq-not-empty`,
    heading: 'consumer-dlq-not-empty',
    meaning: `Events were not handled by ${name}`,
    queue: queues.deadLetterQueue,
  });
  return { title: `Events of ${name}`, alarms: [age, deadLetters], graphs: queueGraphs(queues) };
}

/** The topic that delivers events to the subscribers' queues. */
export function topicStation(stack: Construct, config: StageConfig, topic: Topic): Station {
  const lost = topic.metric('NumberOfNotificationsFailedToRedriveToDlq', sum);
  const lostAlarm = new RunbookAlarm(new Construct(stack, 'Topic'), 'Failed', {
    config,
    name: 'deliveries-failed',
    meaning: 'SNS could deliver events neither to a queue nor to its dead-letter queue',
    // SNS reports nothing for a minute without a failure.
    metric: lost,
    limit: ANY,
  });
  return {
    title: 'Topic',
    alarms: [lostAlarm],
    graphs: [
      graph('Events published and delivered', {
        left: [topic.metricNumberOfMessagesPublished(sum), topic.metricNumberOfNotificationsDelivered(sum)],
      }),
      graph('Deliveries failed; lost', { left: [topic.metricNumberOfNotificationsFailed(sum)], right: [lost] }),
      graph('Largest event in bytes', { left: [topic.metricPublishSize({ ...sum, statistic: 'Maximum' })] }),
    ],
  };
}

export interface DeadLettersAlarmProps extends RunbookEntry {
  readonly queue: Queue;
}

/** Rings for a single dead letter. A queue that reports nothing is empty: one that holds a message always reports it. */
export class DeadLettersAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...entry }: DeadLettersAlarmProps) {
    super(scope, id, { ...entry, metric: waiting(queue), limit: ANY });
  }
}

interface QueueAgeAlarmProps extends RunbookEntry {
  readonly queue: Queue;
  readonly limit: AlarmLimit;
}

/** Rings for the age of the oldest message. An empty queue reports none. */
class QueueAgeAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { queue, ...props }: QueueAgeAlarmProps) {
    super(scope, id, { ...props, metric: oldest(queue) });
  }
}

function queueGraphs({ queue, deadLetterQueue }: QueuePair): GraphWidget[] {
  const inFlight = queue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum', period });
  return [
    graph('Messages sent and deleted', {
      left: [queue.metricNumberOfMessagesSent(sum), queue.metricNumberOfMessagesDeleted(sum)],
    }),
    graph('Messages waiting and in flight', { left: [waiting(queue), inFlight] }),
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
