import { list, object, text } from './rule.ts';
import { referredId, resourcesOf, type Found, type Properties, type Template } from './template.ts';
import type { Templates } from './synthesized.ts';

const TYPES = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'];

/** The alarms that are for people; those of scaling policies have no names of ours. */
export function alarmsOf(templates: Templates): Found[] {
  return Object.values(templates)
    .flatMap((template) => TYPES.flatMap((type) => resourcesOf(template, type)))
    .filter(({ properties }) => properties['AlarmName'] !== undefined);
}

export function nameOf({ properties }: Found): string {
  return text(properties['AlarmName']).replace(/^fargate-orders-(dev|production)-/, '');
}

/** Somebody is told of it. */
function tells({ properties }: Found): boolean {
  return list(properties['AlarmActions']).length > 0;
}

/** The ids of queues to which a queue redrives, or a service parks. */
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

/** Dead-letter queues that can fill up without anybody being told. */
export function unwatchedDeadLetters(templates: Templates): string[] {
  const telling = alarmsOf(templates).filter(tells);
  return deadLetterQueueIds(templates['data'] as Template).filter(
    (id) => !telling.some(({ properties }) => watches(properties, id)),
  );
}

/** The alarms in the rule of a symptom. */
export function partsOf({ properties }: Found, templates: Templates): string[] {
  const rule = JSON.stringify(properties['AlarmRule'] ?? '');
  return alarmsOf(templates)
    .filter(({ id }) => rule.includes(id))
    .map(nameOf);
}

function partsOfTelling(templates: Templates): string[] {
  return alarmsOf(templates)
    .filter(tells)
    .flatMap((alarm) => partsOf(alarm, templates));
}

/** Alarms that neither tell anybody nor are part of one that does. */
export function unheardAlarms(templates: Templates): string[] {
  const parts = partsOfTelling(templates);
  return alarmsOf(templates)
    .filter((alarm) => !tells(alarm))
    .map(nameOf)
    .filter((name) => !parts.includes(name));
}

/** Alarms that tell somebody themselves, and again as a part of a symptom. */
export function alarmsHeardTwice(templates: Templates): string[] {
  const parts = partsOfTelling(templates);
  return alarmsOf(templates)
    .filter(tells)
    .map(nameOf)
    .filter((name) => parts.includes(name));
}

/** Where the description of an alarm says to read on. */
export function linkOf({ properties }: Found): string | undefined {
  return /https:\S+$/.exec(text(properties['AlarmDescription']))?.[0];
}
