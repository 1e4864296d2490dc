import { list, text } from './rule.ts';
import type { Templates } from './synthesized.ts';
import { referredId, type Output, type Template, type Value } from './template.ts';

const REGION = 'eu-west-1';
export const ACCOUNT = '123456789012';

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
};

/** The ARN of a resource of `#libs/resources`, e.g. of `table/orders/stream`, with the prefix of the stage. */
export function arnOf(resource: string, prefix: string): string {
  const [kind, name = '', ...rest] = resource.split('/');
  const full = prefix + name;
  if (kind === 'queue') return `arn:aws:sqs:${REGION}:${ACCOUNT}:${full}`;
  if (kind === 'topic') return `arn:aws:sns:${REGION}:${ACCOUNT}:${full}`;
  if (kind !== 'table') throw new Error(`expected a queue, a topic or a table, got ${resource}`);
  const below = rest[0] === 'stream' ? ['stream', '2030-01-01T00:00:00.000'] : rest;
  return [`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${full}`, ...below].join('/');
}

/** The deployed value of an ARN in a policy of one of the templates. */
export function resolved(value: Value, template: Template, templates: Templates): string {
  if (typeof value === 'string') return value;
  const { 'Fn::ImportValue': imported, 'Fn::Join': joined } = value as Readonly<Record<string, Value | undefined>>;
  if (typeof imported === 'string') return resolvedExport(imported, templates);
  if (Array.isArray(joined)) {
    const [separator, parts] = joined as [string, Value[]];
    return parts.map((part) => resolved(part, template, templates)).join(separator);
  }
  return resolvedReference(value, template);
}

function resolvedExport(name: string, templates: Templates): string {
  for (const template of Object.values(templates)) {
    const outputs: Output[] = Object.values(template.Outputs ?? {});
    const output = outputs.find(({ Export }) => Export?.Name === name);
    if (output) return resolved(output.Value, template, templates);
  }
  throw new Error(`expected a stack to export ${name}`);
}

function resolvedReference(value: Value, template: Template): string {
  const id = referredId(value) ?? '';
  const pseudo = pseudoParameters[id];
  if (pseudo !== undefined) return pseudo;
  const { Type, Properties = {} } = template.Resources[id] ?? {};
  const { QueueName, TopicName, TableName } = Properties;
  const attribute = (value as Readonly<Record<string, Value>>)['Fn::GetAtt'];
  const wanted = `${Type}.${attribute === undefined ? 'Ref' : text(list(attribute)[1])}`;
  if (wanted === 'AWS::SQS::Queue.Arn') return arnOf(`queue/${text(QueueName)}`, '');
  if (wanted === 'AWS::SNS::Topic.Ref') return arnOf(`topic/${text(TopicName)}`, '');
  if (wanted === 'AWS::DynamoDB::Table.Arn') return arnOf(`table/${text(TableName)}`, '');
  if (wanted === 'AWS::DynamoDB::Table.StreamArn') return arnOf(`table/${text(TableName)}/stream`, '');
  throw new Error(`expected the ARN of a queue, a topic, a table or its stream, got ${JSON.stringify(value)}`);
}
