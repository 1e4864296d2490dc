import { serviceMetrics } from '#libs/metrics';
import { goldenTemplate, goldenTemplates } from './golden-templates.ts';
import { faultsOfReading, readingsOf } from './own-metrics.ts';
import type { Template } from './template.ts';

function faultsOf(template: Template): string[] {
  return readingsOf(template).flatMap(faultsOfReading);
}

/** A template with a part of its text changed. */
function changed(stack: string, from: string, to: string): Template {
  return JSON.parse(JSON.stringify(goldenTemplate(stack)).replaceAll(from, to)) as Template;
}

describe('the metrics of ours that policies, alarms and the dashboard read', () => {
  it.each(Object.entries(goldenTemplates()))('are told, as they are asked for: %s', (_, template) => {
    expect(faultsOf(template)).toEqual([]);
  });

  it('are all of them, on the dashboard', () => {
    const read = readingsOf(goldenTemplate('observability')).map(({ service, metric }) => `${service} ${metric}`);
    const declared = Object.entries(serviceMetrics).flatMap(([service, metrics]) =>
      Object.keys(metrics).map((metric) => `${service} ${metric}`),
    );
    expect(declared.filter((one) => !read.includes(one))).toEqual([]);
  });

  it.each([
    ['services', '"IteratorAge"', '"IteratorAges"', 'stream-relay tells no IteratorAges'],
    ['observability', '"DecisionDelay"', '"DecidingDelay"', 'worker tells no DecidingDelay'],
    ['observability', 'PendingEnqueue', 'PendingEnqueues', 'api tells no PendingEnqueues'],
    ['observability', '"ExtendedStatistic":"p99"', '"ExtendedStatistic":"tm99"', 'tm99 of the distribution'],
    ['services', '"Statistic":"Sum"', '"Statistic":"Maximum"', 'Maximum of the counter MessagesLeft'],
    ['observability', 'Service,Reason}', 'Service,Cause}', 'OrdersRefused is not told by Cause'],
  ])('are seen to be wrong: %s, %s as %s', (stack, from, to, fault) => {
    expect(faultsOf(changed(stack, from, to))).toContainEqual(expect.stringContaining(fault));
  });
});
