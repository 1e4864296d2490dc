import { serviceNames, type StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import {
  alarmsHeardTwice,
  alarmsOf,
  linkOf,
  nameOf,
  partsOf,
  unheardAlarms,
  unwatchedDeadLetters,
} from './alarm-rules.ts';
import { goldenTemplates } from './golden-templates.ts';
import { list, object, text } from './rule.ts';
import { alarmSections, runbook } from './runbook.ts';
import type { Templates } from './synthesized.ts';
import { resourcesOf, type Found, type Template } from './template.ts';

const golden = goldenTemplates();
const { repositoryUrl } = stages['production'] as StageConfig;

/** The templates with a part of their text changed. */
function changed(from: string, to: string): Templates {
  return JSON.parse(JSON.stringify(golden).replaceAll(from, to)) as Templates;
}

function without(id: string): Templates {
  const templates = structuredClone(golden);
  delete templates['observability']?.Resources[id];
  return templates;
}

describe('a dead-letter queue', () => {
  it('is never filled without somebody being told', () => {
    expect(unwatchedDeadLetters(golden)).toEqual([]);
  });

  it.each(
    resourcesOf(golden['observability'] as Template, 'AWS::CloudWatch::Alarm').filter(({ id }) => /Dead/.test(id)),
  )('is seen to be without its alarm $id', ({ id }) => {
    expect(unwatchedDeadLetters(without(id))).toHaveLength(1);
  });
});

/** Links to headings that are not there, and headings to which no alarm links. */
function runbookFaults(templates: Templates, page: string): string[] {
  const links = alarmsOf(templates).map((alarm) => linkOf(alarm) ?? `${nameOf(alarm)} has no link`);
  const headings = alarmSections(page).map(({ anchor }) => `${repositoryUrl}/docs/runbook.md#${anchor}`);
  return [
    ...links.filter((link) => !headings.includes(link)),
    ...headings.filter((heading) => !links.includes(heading)),
  ];
}

describe('the runbook', () => {
  it('has a heading for each alarm, which links to it, and no other', () => {
    expect(runbookFaults(golden, runbook())).toEqual([]);
  });

  it('says of each what it means, how to look into it and how to end it', () => {
    for (const { text } of alarmSections(runbook())) {
      expect(text).toMatch(/\*\*Description\*\*.*\*\*Investigation\*\*.*\*\*Resolution\*\*/s);
    }
  });

  it('is seen to lack a heading, and to have one too many', () => {
    const link = (anchor: string) => `${repositoryUrl}/docs/runbook.md#${anchor}`;
    const renamed = runbook().replace('### Stream gap', '### Stream hole');
    expect(runbookFaults(golden, renamed)).toEqual([link('stream-gap'), link('stream-hole')]);
    expect(runbookFaults(changed('#relay-lag', '#relay-lags'), runbook())).toEqual([
      link('relay-lags'),
      link('relay-lag'),
    ]);
    expect(runbookFaults(changed('Changes of orders are told late. https', 'Late. http'), runbook())).toContain(
      'relay-lag has no link',
    );
  });
});

describe('the budget', () => {
  /** Its e-mail has the budget's name and no text of ours, so that its heading must be found by its limits. */
  const heading = '### The month costs more than planned';

  function budgetFaults(page: string): string[] {
    const budgets = resourcesOf(golden['observability'] as Template, 'AWS::Budgets::Budget');
    const told = budgets.flatMap(({ properties }) => list(properties['NotificationsWithSubscribers']).map(object));
    const [, section = ''] = page.split(`${heading}\n`);
    return told
      .map(({ Notification }) => object(Notification))
      .map(({ NotificationType, Threshold }) =>
        NotificationType === 'ACTUAL'
          ? `at ${text(Threshold)} % of \`monthlyBudgetUsd\``
          : 'when the forecast is above it',
      )
      .filter((words) => !section.split('\n##')[0]?.includes(words));
  }

  it('is told of under a heading of its own, by its limits', () => {
    expect(budgetFaults(runbook())).toEqual([]);
  });

  it('is seen to be without one', () => {
    expect(budgetFaults(runbook().replace(heading, '### Costs'))).toHaveLength(2);
    expect(budgetFaults(runbook().replace('80 %', '90 %'))).toHaveLength(1);
  });
});

describe('somebody is told', () => {
  it('of each alarm once, by itself or as a part of a symptom, but not of the tables, whose faults are causes', () => {
    expect(unheardAlarms(golden).filter((name) => !/-table-(throttled|errors)$/.test(name))).toEqual([]);
    expect(alarmsHeardTwice(golden)).toEqual([]);
  });

  it('is seen to be wrong, where a symptom is taken away or one of its parts tells too', () => {
    const [delayed] = alarmsOf(golden).filter((alarm) => nameOf(alarm) === 'orders-are-delayed');
    const parts = partsOf(delayed as Found, golden);
    expect(parts.length).toBeGreaterThan(1);
    expect(unheardAlarms(without(delayed?.id ?? ''))).toEqual(expect.arrayContaining(parts));
    expect(
      alarmsHeardTwice(
        changed(
          '"AlarmName":"fargate-orders-production-relay-lag"',
          '"AlarmName":"fargate-orders-production-relay-lag","AlarmActions":["alerts"]',
        ),
      ),
    ).toEqual(['relay-lag']);
  });
});

describe('an alarm', () => {
  const alarms = alarmsOf(golden).filter(({ resource }) => resource.Type === 'AWS::CloudWatch::Alarm');

  it('rings for silence only where tasks should run', () => {
    const breaching = alarms.filter(({ properties }) => properties['TreatMissingData'] !== 'notBreaching');
    expect(breaching.map((alarm) => [nameOf(alarm), alarm.properties['TreatMissingData']])).toEqual(
      serviceNames.map((service) => [`no-${service}-task`, 'breaching']),
    );
  });
});
