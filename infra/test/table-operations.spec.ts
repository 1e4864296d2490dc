import { cloudResources } from '#libs/resources';
import { appNames } from '../../local/apps.ts';
import { alarmsOf, nameOf } from './alarm-rules.ts';
import { goldenTemplates } from './golden-templates.ts';
import { list, object, text } from './rule.ts';
import type { Templates } from './synthesized.ts';
import { taskRoleStatements } from './task-role.ts';

/** DynamoDB tells of a call by its operation, which is none of IAM's actions where it is made of several. */
const operations: Readonly<Record<string, string>> = {
  PartiQLInsert: 'BatchExecuteStatement',
  PartiQLUpdate: 'BatchExecuteStatement',
  ConditionCheckItem: 'TransactWriteItems',
};

/** What some service may call on the table or on an index of it. */
function allowedOn(templates: Templates, table: string): string[] {
  const ofTable = new RegExp(`:table/fargate-orders-production-${table}(/index/.*)?$`);
  const actions = appNames
    .flatMap((app) => taskRoleStatements(templates, app))
    .filter(({ Resource }) => Resource.some((resource) => ofTable.test(resource)))
    .flatMap(({ Action }) => Action.map((action) => action.replace('dynamodb:', '')));
  return [...new Set(actions.map((action) => operations[action] ?? action))].sort();
}

/** The tables whose errors ring, each with the operations that are watched. */
function watched(templates: Templates): [string, string[]][] {
  return alarmsOf(templates)
    .filter((alarm) => nameOf(alarm).endsWith('-table-errors'))
    .map((alarm) => {
      const dimensions = list(alarm.properties['Metrics']).flatMap((query) =>
        list(object(object(object(query)['MetricStat'])['Metric'])['Dimensions']).map(object),
      );
      const named = dimensions.filter(({ Name }) => Name === 'Operation').map(({ Value }) => text(Value));
      return [nameOf(alarm).replace('-table-errors', ''), named.sort()];
    });
}

describe('the errors of a table', () => {
  const golden = goldenTemplates();

  it('are watched of each table that a service calls', () => {
    const called = cloudResources.tables.map(({ name }) => name).filter((name) => allowedOn(golden, name).length > 0);
    const names = watched(golden).map(([name]) => name);
    expect(names.sort()).toEqual(called.sort());
  });

  it.each(watched(golden))('%s are watched of what the services may call, no more and no less', (table, named) => {
    expect(named).toEqual(allowedOn(golden, table));
  });

  it('are seen to be watched too little', () => {
    const more = JSON.parse(
      JSON.stringify(golden).replaceAll('"dynamodb:PartiQLUpdate"', '"dynamodb:Scan"'),
    ) as Templates;
    expect(allowedOn(more, 'orders')).toContain('Scan');
  });
});
