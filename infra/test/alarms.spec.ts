import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { alarmsOf, alarmsWithoutNotification, linkOf, nameOf, unwatchedDeadLetters } from './alarm-rules.ts';
import { goldenTemplates } from './golden-templates.ts';
import { list, object, text } from './rule.ts';
import { alarmSections, runbook } from './runbook.ts';
import { synthesizeUnchecked, type Templates } from './synthesized.ts';
import { resourcesOf, type Template } from './template.ts';

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
  it('never fills up without a notification', () => {
    expect(unwatchedDeadLetters(golden)).toEqual([]);
  });

  it.each(
    resourcesOf(golden['observability'] as Template, 'AWS::CloudWatch::Alarm').filter(({ id }) => /Dead/.test(id)),
  )('is reported if its alarm $id is missing', ({ id }) => {
    expect(unwatchedDeadLetters(without(id))).toHaveLength(1);
  });
});

/** Links to missing headings, and headings to which no alarm links. */
function runbookErrors(templates: Templates, page: string): string[] {
  const links = alarmsOf(templates).map((alarm) => linkOf(alarm) ?? `${nameOf(alarm)} has no link`);
  const headings = alarmSections(page).map(({ anchor }) => `${repositoryUrl}/docs/runbook.md#${anchor}`);
  return [
    ...links.filter((link) => !headings.includes(link)),
    ...headings.filter((heading) => !links.includes(heading)),
  ];
}

describe('the runbook', () => {
  it('has a heading for each alarm, and no other', () => {
    expect(runbookErrors(golden, runbook())).toEqual([]);
  });

  it('has a description, an investigation and a resolution for each alarm', () => {
    for (const { text } of alarmSections(runbook())) {
      expect(text).toMatch(/\*\*Description\*\*.*\*\*Investigation\*\*.*\*\*Resolution\*\*/s);
    }
  });

  it('is reported if a heading is missing or has no alarm', () => {
    const link = (anchor: string) => `${repositoryUrl}/docs/runbook.md#${anchor}`;
    const renamed = runbook().replace('### Stream gap', '### Stream hole');
    expect(runbookErrors(golden, renamed)).toEqual([link('stream-gap'), link('stream-hole')]);
    expect(runbookErrors(changed('#relay-lag', '#relay-lags'), runbook())).toEqual([
      link('relay-lags'),
      link('relay-lag'),
    ]);
    expect(runbookErrors(changed('Changes of orders are published late. https', 'Late. http'), runbook())).toContain(
      'relay-lag has no link',
    );
  });
});

describe('the budget', () => {
  /** The budget's e-mail has no text of ours, so people find the heading by the limits. */
  const heading = '### The month costs more than planned';

  function budgetErrors(page: string): string[] {
    const budgets = resourcesOf(golden['observability'] as Template, 'AWS::Budgets::Budget');
    const notifications = budgets.flatMap(({ properties }) =>
      list(properties['NotificationsWithSubscribers']).map(object),
    );
    const [, section = ''] = page.split(`${heading}\n`);
    return notifications
      .map(({ Notification }) => object(Notification))
      .map(({ NotificationType, Threshold }) =>
        NotificationType === 'ACTUAL'
          ? `at ${text(Threshold)} % of \`monthlyBudgetUsd\``
          : 'when the forecast is above it',
      )
      .filter((words) => !section.split('\n##')[0]?.includes(words));
  }

  it('has a heading in the runbook that states its limits', () => {
    expect(budgetErrors(runbook())).toEqual([]);
  });

  it('is reported if its heading or a limit is missing', () => {
    expect(budgetErrors(runbook().replace(heading, '### Costs'))).toHaveLength(2);
    expect(budgetErrors(runbook().replace('80 %', '90 %'))).toHaveLength(1);
  });
});

describe('an alarm', () => {
  it('always notifies', () => {
    expect(alarmsWithoutNotification(golden)).toEqual([]);
    expect(
      alarmsWithoutNotification(changed('"AlarmActions":[{"Ref":"Alerts', '"OKActions":[{"Ref":"Alerts')),
    ).not.toEqual([]);
  });

  it('rings on missing data only where tasks should run', () => {
    const breaching = alarmsOf(golden).filter(({ properties }) => properties['TreatMissingData'] !== 'notBreaching');
    expect(breaching.map((alarm) => [nameOf(alarm), alarm.properties['TreatMissingData']])).toEqual([
      ['no-stream-relay-task', 'breaching'],
    ]);
  });

  it('is one on which a small team acts: at most 22 in production, 16 in small', () => {
    expect(alarmsOf(golden).length).toBeLessThanOrEqual(22);
    expect(alarmsOf(synthesizeUnchecked(stages['small'] as StageConfig)).length).toBeLessThanOrEqual(16);
  });

  it('for slow answers needs more than a few of them', () => {
    const [latency] = alarmsOf(golden).filter((alarm) => nameOf(alarm) === 'api-latency');
    expect(JSON.stringify(latency?.properties)).toContain('IF(answers >= 50, slow, 0)');
  });
});
