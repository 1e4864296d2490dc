import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ANY, decisionDelay, noTask, notWoken, unownedShard } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StageConfig } from '../config.ts';
import type { StreamRelay } from '../services/stream-relay.ts';
import type { Worker } from '../services/worker.ts';
import type { Workload } from '../services/workload.ts';
import { graph, type Station } from './dashboard.ts';
import { DeadLettersAlarm, waiting } from './queue-stations.ts';

const period = Duration.minutes(1);

/** Where orders and their changes are decided. */
export function workerStation(stack: Construct, config: StageConfig, worker: Worker, queue: Queue): Station {
  const scope = new Construct(stack, 'Worker');
  const delayed = new RunbookAlarm(scope, 'DecisionDelay', {
    config,
    name: 'decision-delay',
    meaning: 'Orders are decided long after they were taken in',
    // Without a decision the queue's age and the number of tasks show why.
    metric: worker.metric('DecisionDelay', 'p99'),
    limit: decisionDelay,
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
    telling: [new NoTaskAlarm(scope, 'NoTask', { config, workload: worker, wokenBy: queue })],
    graphs: [
      graph('Decided', { left: decided.map((name) => worker.metric(name, 'Sum')) }),
      graph('Milliseconds from receipt to decision', {
        left: ['p50', 'p99'].map((percentile) => worker.metric('DecisionDelay', percentile)),
      }),
      graph('Left to come back, and dead-lettered by reason', {
        left: [worker.metric('MessagesLeft', 'Sum')],
        right: [worker.metricBy('Reason', 'DeadLettered', 'Sum')],
      }),
      graph('Tasks; backlog of each', { left: [worker.runningTasks()], right: [backlog] }),
    ],
  };
}

/** Where the table's stream becomes events. */
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
    meaning: 'Nobody reads a shard of the stream',
    // Reported by each relay that runs; that none does is an alarm of its own.
    metric: relay.metric('UnownedShardAge', 'Maximum'),
    limit: unownedShard,
  });
  const gap = new RunbookAlarm(scope, 'Gap', {
    config,
    name: 'stream-gap',
    meaning: 'The stream deleted changes before they were told',
    // A counter that did not move is not reported.
    metric: relay.metric('Gaps', 'Sum'),
    limit: ANY,
  });
  const noTask = new NoTaskAlarm(scope, 'NoTask', { config, workload: relay });
  const deadLetters = new DeadLettersAlarm(scope, 'DeadLetters', {
    config,
    name: 'relay-dlq-not-empty',
    meaning: 'Changes of some orders are not told any more',
    queue: deadLetterQueue,
  });
  return {
    title: 'Stream and stream-relay',
    silent: [relay.lagAlarm, unowned],
    telling: [noTask, gap, deadLetters],
    graphs: [
      graph('Relayed', { left: [relay.metric('RecordsRelayed', 'Sum')] }),
      graph('Milliseconds of lag, and without an owner', {
        left: [relay.metric('IteratorAge', 'Maximum'), relay.metric('UnownedShardAge', 'Maximum')],
      }),
      graph('Quarantined, dead letters, gaps', {
        left: [relay.metric('Quarantined', 'Sum'), waiting(deadLetterQueue)],
        right: [relay.metric('Gaps', 'Sum')],
      }),
      graph('Tasks; unrelayed and shards of each', {
        left: [relay.runningTasks(), relay.metric('LeasesOwned', 'Average')],
        right: [relay.metric('UnrelayedRecords', 'Average')],
      }),
    ],
  };
}

export interface NoTaskAlarmProps {
  readonly config: StageConfig;
  readonly workload: Workload;
  /** What a service with a minimum of none waits for. */
  readonly wokenBy?: Queue;
}

/** No task of a service runs; of one that may go down to none, while there is something to do. */
export class NoTaskAlarm extends RunbookAlarm {
  constructor(scope: Construct, id: string, { config, workload, wokenBy }: NoTaskAlarmProps) {
    const mayBeNone = config.services[workload.name].minTasks === 0 && wokenBy;
    super(scope, id, {
      config,
      name: `no-${workload.name}-task`,
      heading: 'no-task-of-a-service',
      meaning: `No task of ${workload.name} runs`,
      // Each task reports its CPU every minute: if there is no report, no task runs.
      ...(mayBeNone
        ? { metric: unattended(workload, wokenBy), limit: notWoken }
        : { metric: workload.runningTasks(), limit: noTask, ringsForSilence: true }),
    });
  }
}

/** A queue that reports nothing was idle for six hours, and nobody has to run. */
function unattended(workload: Workload, queue: Queue): IMetric {
  return new MathExpression({
    label: `Messages visible while no ${workload.name} runs`,
    expression: 'IF(FILL(running, 0) > 0, 0, FILL(visible, 0))',
    usingMetrics: { visible: waiting(queue), running: workload.runningTasks() },
    period,
  });
}
