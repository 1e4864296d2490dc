import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { ANY, RunbookAlarm, period } from '../runbook-alarm.ts';
import type { StreamRelay } from '../services/stream-relay.ts';
import type { Worker } from '../services/worker.ts';
import type { Workload } from '../services/workload.ts';
import { graph, type Station } from './dashboard.ts';
import { DeadLettersAlarm, waiting } from './queue-stations.ts';

/** The service that decides orders and their changes. */
export function workerStation(stack: Construct, config: StageConfig, worker: Worker, queue: Queue): Station {
  const scope = new Construct(stack, 'Worker');
  const delayed = new RunbookAlarm(scope, 'DecisionDelay', {
    config,
    name: 'decision-delay',
    meaning: 'Orders are decided long after they were accepted',
    // Without decisions there is no value: the queue's age and the number of tasks show why.
    metric: worker.metric('DecisionDelay', 'p99'),
    // Milliseconds: the age at which `orders-queue-age` rings.
    limit: { atLeast: 180_000, minutes: 3 },
  });
  const backlog = new MathExpression({
    label: 'Messages visible for each task',
    expression: 'FILL(visible, 0) / FILL(running, REPEAT)',
    usingMetrics: { visible: waiting(queue), running: worker.runningTasks() },
    period,
  });
  const decided = ['OrdersPersisted', 'OrdersChanged', 'CommandsRefused', 'Duplicates'];
  return {
    title: 'Worker',
    silent: [worker.messagesLeftAlarm, delayed],
    notifying: [new NoTaskAlarm(scope, 'NoTask', { config, workload: worker, wokenBy: queue })],
    graphs: [
      graph('Decided', { left: decided.map((name) => worker.metric(name, 'Sum')) }),
      graph('Milliseconds from receipt to decision', {
        left: ['p50', 'p99'].map((percentile) => worker.metric('DecisionDelay', percentile)),
      }),
      graph('Left in the queue, and dead-lettered by reason', {
        left: [worker.metric('MessagesLeft', 'Sum')],
        right: [worker.metricBy('Reason', 'DeadLettered', 'Sum')],
      }),
      graph('Tasks; backlog of each', { left: [worker.runningTasks()], right: [backlog] }),
    ],
  };
}

/** The service that publishes the changes of the table's stream as events. */
export function relayStation(
  stack: Construct,
  config: StageConfig,
  relay: StreamRelay,
  deadLetterQueue: Queue,
): Station {
  const scope = new Construct(stack, 'StreamRelay');
  const unowned = new RunbookAlarm(scope, 'UnownedShard', {
    config,
    name: 'shard-without-owner',
    meaning: 'No relay reads a shard of the stream',
    // Each running relay reports it; `no-stream-relay-task` rings if none runs.
    metric: relay.metric('UnownedShardAge', 'Maximum'),
    // Milliseconds. A shard without an owner is claimed within 11 to 15 s; after four times as long no relay claims it.
    limit: { atLeast: 60_000, minutes: 2 },
  });
  const gap = new RunbookAlarm(scope, 'Gap', {
    config,
    name: 'stream-gap',
    meaning: 'The stream deleted changes before they were published',
    // A counter that did not change is not reported.
    metric: relay.metric('Gaps', 'Sum'),
    limit: ANY,
  });
  const noTask = new NoTaskAlarm(scope, 'NoTask', { config, workload: relay });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: 'relay-dlq-not-empty',
    meaning: 'Changes of some orders are no longer published',
    queue: deadLetterQueue,
  });
  return {
    title: 'Stream and stream-relay',
    silent: [relay.lagAlarm, unowned],
    notifying: [noTask, gap, deadLetters],
    graphs: [
      graph('Relayed', { left: [relay.metric('RecordsRelayed', 'Sum')] }),
      graph('Milliseconds of lag, and of shards without owner', {
        left: [relay.metric('IteratorAge', 'Maximum'), relay.metric('UnownedShardAge', 'Maximum')],
      }),
      graph('Quarantined, dead letters, gaps', {
        left: [relay.metric('Quarantined', 'Sum'), waiting(deadLetterQueue)],
        right: [relay.metric('Gaps', 'Sum')],
      }),
      graph('Tasks; unrelayed records and shards of each', {
        left: [relay.runningTasks(), relay.metric('LeasesOwned', 'Average')],
        right: [relay.metric('UnrelayedRecords', 'Average')],
      }),
    ],
  };
}

export interface NoTaskAlarmProps {
  readonly config: StageConfig;
  readonly workload: Workload;
  /** The queue that starts a service with a minimum of 0 tasks. */
  readonly wokenBy?: Queue;
}

/** Rings if no task of a service runs. A service that may scale to 0 rings only while its queue holds messages. */
export class NoTaskAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { config, workload, wokenBy }: NoTaskAlarmProps) {
    const mayBeNone = config.services[workload.name].minTasks === 0 && wokenBy;
    super(scope, id, {
      config,
      name: `no-${workload.name}-task`,
      heading: 'no-task-of-a-service',
      meaning: `No task of ${workload.name} runs`,
      // Each running task reports its CPU every minute: without a report, no task runs.
      ...(mayBeNone
        ? // Scaling from 0 takes some minutes until SQS reports the first message, one for the policy, two to start.
          { metric: unattended(workload, wokenBy), limit: { atLeast: 1, minutes: 10 } }
        : // A task starts within two minutes, and ECS reports it one minute later.
          { metric: workload.runningTasks(), limit: { below: 1, minutes: 5 }, ringsOnMissingData: true }),
    });
  }
}

/** Messages that wait while no task runs. A queue that was idle for six hours reports nothing: that counts as 0. */
function unattended(workload: Workload, queue: Queue): IMetric {
  return new MathExpression({
    label: `Messages visible while no ${workload.name} runs`,
    expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))',
    usingMetrics: { visible: waiting(queue), running: workload.runningTasks() },
    period,
  });
}
