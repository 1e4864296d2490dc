import { list, object, text } from './rule.ts';
import { referredId, resourcesOf, type Found, type Properties, type Template } from './template.ts';
import type { Templates } from './synthesized.ts';

/** The alarms for people. Those of scaling policies have no names of ours. */
export function alarmsOf(templates: Templates): Found[] {
  return Object.values(templates)
    .flatMap((template) => resourcesOf(template, 'AWS::CloudWatch::Alarm'))
    .filter(({ properties }) => properties['AlarmName'] !== undefined);
}

export function nameOf({ properties }: Found): string {
  return text(properties['AlarmName']).replace(/^fargate-orders-(small|dev|production)-/, '');
}

/** Whether the alarm sends a notification. */
function notifies({ properties }: Found): boolean {
  return list(properties['AlarmActions']).length > 0;
}

/** The ids of the queues to which a queue or a service moves dead letters. */
function deadLetterQueueIds(data: Template): string[] {
  const queues = resourcesOf(data, 'AWS::SQS::Queue');
  const targets = queues.map(({ properties }) =>
    referredId(object(properties['RedrivePolicy'])['deadLetterTargetArn']),
  );
  const named = queues.filter(({ properties }) => /-dlq(\.fifo)?$/.test(text(properties['QueueName'])));
  return [...new Set([...targets.filter((id) => id !== undefined), ...named.map(({ id }) => id)])];
}

/** Whether an alarm rings for a single message in the queue. */
function watches({ MetricName, Dimensions, Threshold, ComparisonOperator }: Properties, queueId: string): boolean {
  const [queueName] = list(Dimensions).map((dimension) => text(object(dimension)['Value']));
  const ringsAtOne = Threshold === 1 && ComparisonOperator === 'GreaterThanOrEqualToThreshold';
  return (
    MetricName === 'ApproximateNumberOfMessagesVisible' && ringsAtOne && !!queueName?.includes(`FnGetAtt${queueId}`)
  );
}

/** Dead-letter queues that can fill up without a notification. */
export function unwatchedDeadLetters(templates: Templates): string[] {
  const notifying = alarmsOf(templates).filter(notifies);
  return deadLetterQueueIds(templates['data'] as Template).filter(
    (id) => !notifying.some(({ properties }) => watches(properties, id)),
  );
}

/** Alarms that send no notification: they would be lines on the dashboard. */
export function alarmsWithoutNotification(templates: Templates): string[] {
  return alarmsOf(templates)
    .filter((alarm) => !notifies(alarm))
    .map(nameOf);
}

/** The link in the description of an alarm. */
export function linkOf({ properties }: Found): string | undefined {
  return /https:\S+$/.exec(text(properties['AlarmDescription']))?.[0];
}
