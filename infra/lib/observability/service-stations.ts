import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { ANY, RunbookAlarm, period } from '../runbook-alarm.ts';
import type { StreamRelay } from '../services/stream-relay.ts';
import type { Worker } from '../services/worker.ts';
import { graph, type Station } from './dashboard.ts';
import { DeadLettersAlarm, waiting } from './queue-stations.ts';

/** The service that decides orders and their changes. */
export function workerStation(worker: Worker, queue: Queue): Station {
  const backlog = new MathExpression({
    label: 'Messages visible for each task',
    expression: 'FILL(visible, 0) / FILL(running, REPEAT)',
    usingMetrics: { visible: waiting(queue), running: worker.runningTasks() },
    period,
  });
  const decided = ['OrdersPersisted', 'OrdersChanged', 'CommandsRefused', 'Duplicates'];
  return {
    title: 'Worker',
    alarms: [worker.messagesLeftAlarm],
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
  const gap = new RunbookAlarm(scope, 'Gap', {
    config,
    name: 'stream-gap',
    meaning: 'The stream deleted changes before they were published',
    // A counter that did not change is not reported.
    metric: relay.metric('Gaps', 'Sum'),
    limit: ANY,
  });
  const noTask = new RunbookAlarm(scope, 'NoTask', {
    config,
    name: 'no-stream-relay-task',
    meaning: 'No task of the stream-relay runs',
    // Each running task reports its CPU every minute. A task starts within two minutes, and ECS reports it one minute later.
    metric: relay.runningTasks(),
    limit: { below: 1, minutes: 5 },
    ringsOnMissingData: true,
  });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: 'relay-dlq-not-empty',
    meaning: 'Changes of some orders are no longer published',
    queue: deadLetterQueue,
  });
  return {
    title: 'Stream and stream-relay',
    alarms: [relay.lagAlarm, noTask, gap, deadLetters],
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
