import { serviceMetrics } from '#libs/metrics';
import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { readingErrors, readingsOf } from './own-metrics.ts';
import type { Template } from './template.ts';

function errorsOf(template: Template): string[] {
  return readingsOf(template).flatMap(readingErrors);
}

/** A golden template with a part of its text replaced. */
function changed(stack: string, from: string, to: string): Template {
  return JSON.parse(JSON.stringify(goldenTemplate(stack)).replaceAll(from, to)) as Template;
}

describe('our own metrics in policies, alarms and the dashboard', () => {
  it.each(Object.entries(goldenTemplates()))(
    'are reported with the statistic and dimensions that are read: %s',
    (_, template) => {
      expect(errorsOf(template)).toEqual([]);
    },
  );

  it('are all on the dashboard', () => {
    const read = readingsOf(goldenTemplate('observability')).map(({ service, metric }) => `${service} ${metric}`);
    const declared = Object.entries(serviceMetrics).flatMap(([service, metrics]) =>
      Object.keys(metrics).map((metric) => `${service} ${metric}`),
    );
    expect(declared.filter((one) => !read.includes(one))).toEqual([]);
  });

  it.each([
    ['services', '"IteratorAge"', '"IteratorAges"', 'stream-relay does not report IteratorAges'],
    ['observability', 'DecisionDelay', 'DecidingDelay', 'worker does not report DecidingDelay'],
    ['observability', 'PendingEnqueue', 'PendingEnqueues', 'api does not report PendingEnqueues'],
    ['observability', '"Stat":"p99"', '"Stat":"tm99"', 'tm99 of the distribution'],
    ['services', '"Statistic":"Sum"', '"Statistic":"Maximum"', 'Maximum of the counter MessagesLeft'],
    ['observability', 'Service,Reason}', 'Service,Cause}', 'OrdersRefused is not reported by Cause'],
  ])('are rejected if wrong: %s, %s as %s', (stack, from, to, error) => {
    expect(errorsOf(changed(stack, from, to))).toContainEqual(expect.stringContaining(error));
  });
});
