import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { decisionDelay } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { Worker } from '../services/worker.ts';
import { NoTaskAlarm } from './no-task-alarm.ts';
import { waiting } from './queue-alarms.ts';
import { graph, type Station, type StationProps } from './station.ts';

export interface WorkerStationProps extends StationProps {
  readonly worker: Worker;
  readonly queue: Queue;
}

/** Where orders and their changes are decided. */
export class WorkerStation extends Construct implements Station {
  readonly title = 'Worker';
  readonly telling;
  readonly silent;
  readonly graphs;

  constructor(scope: Construct, id: string, { config, worker, queue }: WorkerStationProps) {
    super(scope, id);
    const delayed = new RunbookAlarm(this, 'DecisionDelay', {
      config,
      name: 'decision-delay',
      meaning: 'Orders are decided long after they were taken in',
      metric: worker.metric('DecisionDelay', 'p99'),
      limit: decisionDelay,
      // Nothing was decided: the queue's age and the number of tasks tell why.
      missing: TreatMissingData.NOT_BREACHING,
    });
    this.silent = [worker.messagesLeftAlarm, delayed];
    this.telling = [new NoTaskAlarm(this, 'NoTask', { config, workload: worker, wokenBy: queue })];
    this.graphs = row(worker, queue);
  }
}

function row(worker: Worker, queue: Queue) {
  const backlog = new MathExpression({
    label: 'Messages visible for each task',
    expression: 'FILL(visible, 0) / FILL(running, REPEAT)',
    usingMetrics: { visible: waiting(queue), running: worker.runningTasks() },
    period: Duration.minutes(1),
  });
  return [
    graph('Decided', {
      left: ['OrdersPersisted', 'OrdersChanged', 'CommandsRefused', 'Duplicates'].map((name) =>
        worker.metric(name, 'Sum'),
      ),
    }),
    graph('Milliseconds from receipt to decision', {
      left: ['p50', 'p99'].map((percentile) => worker.metric('DecisionDelay', percentile)),
    }),
    graph('Left to come back, and parked by reason', {
      left: [worker.metric('MessagesLeft', 'Sum')],
      right: [worker.metricBy('Reason', 'Parked', 'Sum')],
    }),
    graph('Tasks; backlog of each', { left: [worker.runningTasks()], right: [backlog] }),
  ];
}
