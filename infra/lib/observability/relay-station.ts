import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ANY, unownedShard } from '../alarms/alarm-limits.ts';
import { RunbookAlarm } from '../alarms/runbook-alarm.ts';
import type { StreamRelay } from '../services/stream-relay.ts';
import { NoTaskAlarm } from './no-task-alarm.ts';
import { DeadLettersAlarm, waiting } from './queue-alarms.ts';
import { graph, type Station, type StationProps } from './station.ts';

export interface RelayStationProps extends StationProps {
  readonly streamRelay: StreamRelay;
  readonly deadLetterQueue: Queue;
}

/** Where the table's stream becomes events. */
export class RelayStation extends Construct implements Station {
  readonly title = 'Stream and stream-relay';
  readonly telling;
  readonly silent;
  readonly graphs;

  constructor(scope: Construct, id: string, { config, streamRelay, deadLetterQueue }: RelayStationProps) {
    super(scope, id);
    const unowned = new RunbookAlarm(this, 'UnownedShard', {
      config,
      name: 'shard-without-owner',
      meaning: 'Nobody reads a shard of the stream',
      metric: streamRelay.metric('UnownedShardAge', 'Maximum'),
      limit: unownedShard,
      // Told by each relay that runs; that none does is an alarm of its own.
      missing: TreatMissingData.NOT_BREACHING,
    });
    const gap = new RunbookAlarm(this, 'Gap', {
      config,
      name: 'stream-gap',
      meaning: 'The stream deleted changes before they were told',
      metric: streamRelay.metric('Gaps', 'Sum'),
      limit: ANY,
      // A counter that did not move is not told.
      missing: TreatMissingData.NOT_BREACHING,
    });
    this.silent = [streamRelay.lagAlarm, unowned];
    this.telling = [
      new NoTaskAlarm(this, 'NoTask', { config, workload: streamRelay }),
      gap,
      new DeadLettersAlarm(this, 'DeadLetters', {
        config,
        name: 'relay-dlq-not-empty',
        meaning: 'Changes of some orders are not told any more',
        queue: deadLetterQueue,
      }),
    ];
    this.graphs = row(streamRelay, deadLetterQueue);
  }
}

function row(streamRelay: StreamRelay, deadLetterQueue: Queue) {
  return [
    graph('Relayed', { left: [streamRelay.metric('RecordsRelayed', 'Sum')] }),
    graph('Milliseconds of lag, and without an owner', {
      left: [streamRelay.metric('IteratorAge', 'Maximum'), streamRelay.metric('UnownedShardAge', 'Maximum')],
    }),
    graph('Parked, dead letters, gaps', {
      left: [streamRelay.metric('Parked', 'Sum'), waiting(deadLetterQueue)],
      right: [streamRelay.metric('Gaps', 'Sum')],
    }),
    graph('Tasks; unrelayed and shards of each', {
      left: [streamRelay.runningTasks(), streamRelay.metric('LeasesOwned', 'Average')],
      right: [streamRelay.metric('UnrelayedRecords', 'Average')],
    }),
  ];
}
