import { readFileSync } from 'node:fs';
import { type MetricDefinition, serviceMetrics } from './metric-definitions.ts';

const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
const [, section = ''] = /\n## Metrics\n(.*?)\n## /s.exec(page) ?? [];

describe('docs/architecture.md', () => {
  it('has every metric as it is declared, and no other', () => {
    const rows = section.split('\n').filter((line) => line.startsWith('|'));
    const documented = rows.slice(2).map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
    const declared = Object.entries(serviceMetrics).flatMap(([service, metrics]) =>
      Object.entries<MetricDefinition>(metrics).map(([name, { kind, unit, dimensions = [], description }]) => {
        return [service, `\`${name}\``, kind, unit, dimensions.map((one) => `\`${one}\``).join(', '), description];
      }),
    );
    expect(documented).toEqual(declared);
  });
});
