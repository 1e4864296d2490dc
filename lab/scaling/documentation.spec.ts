import { readFileSync } from 'node:fs';
import { api, perSecond, streamRelay, worker } from '../../infra/lib/scaling/scaling-constants.ts';
import { stages } from '../../infra/lib/stages.ts';
import { inventoryOf } from './inventory.ts';
import { monthlyDollars } from './monthly-costs.ts';
import { platformOf } from './platform.ts';
import { synthesizedTemplates } from './synthesized.ts';

function page(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The rows of the table below a heading, without their first cells' blanks. */
function tableBelow(text: string, heading: string): string[][] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const rows =
    section
      .split('\n## ')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('|')) ?? [];
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const whole = (value: number) => Math.round(value).toLocaleString('en-US');

function enumeration(values: readonly (string | number)[]): string {
  return `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}

describe("infra/README.md's table of scaling", () => {
  const services = stages['production']?.services;
  const apiCpu = services?.api.cpu ?? 0;
  const workerRate = perSecond('worker', services?.worker.cpu ?? 0);
  const relayRate = perSecond('stream-relay', services?.['stream-relay'].cpu ?? 0);

  it('is what the constants come to in production', () => {
    const requests = perSecond('api', apiCpu) * 60 * api.load;
    const spikes = worker.spikes.map(({ taskMinutes }) => whole(taskMinutes * workerRate * 60));
    expect(tableBelow(page('infra/README.md'), 'Scaling').map((row) => [row[0], row[2]])).toEqual([
      ['api', `${api.pendingEnqueue} a task, ${whole(requests)} a minute and task, ${100 * api.load} %`],
      [
        'worker',
        `${whole(workerRate * worker.backlogSeconds)}; from ${enumeration(spikes)} on \
${enumeration(worker.spikes.map(({ add }) => add))} more at once`,
      ],
      [
        'stream-relay',
        `${whole(relayRate * streamRelay.unrelayedSeconds)}; from \
${enumeration(streamRelay.lags.map(({ seconds }) => `${seconds} s`))} on \
${enumeration(streamRelay.lags.map(({ add }) => add))} more at once`,
      ],
    ]);
  });
});

describe('what is said of costs', () => {
  const templates = synthesizedTemplates('production');
  const platform = platformOf(templates);
  const inventory = inventoryOf(templates);
  const dollars = (orders: number) => {
    const { containers, lambda } = monthlyDollars(platform, inventory, orders);
    return [`$${whole(containers)}`, `$${whole(lambda)}`];
  };

  it('in docs/scaling.md is what the simulator counts', () => {
    expect(tableBelow(page('docs/scaling.md'), 'Costs')).toEqual([
      ['none', ...dollars(0)],
      ...[1_000_000, 10_000_000, 100_000_000].map((orders) => [whole(orders), ...dollars(orders)]),
    ]);
  });

  it('of an idle production elsewhere is the same', () => {
    const [containers = '', lambda = ''] = dollars(0);
    expect(page('docs/deploying.md')).toContain(`${containers} in production`);
    const decision = page('docs/decisions/0014-containers-and-what-they-cost.md');
    expect(decision).toContain(`costs ${containers} in production`);
    expect(decision).toContain(`would pay ${lambda} a month`);
  });
});
