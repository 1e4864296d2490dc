import { chartSvg, type Chart } from './chart.ts';
import { backlog, figuresOf } from './figures.ts';
import type { Second } from './history.ts';
import type { TaskRates } from './pipeline.ts';
import { count, figureRows, platformText } from './report-text.ts';
import type { Platform } from './scaled-service.ts';
import type { Run } from './simulation.ts';

const BLUE = '#2f6fb3';
const ORANGE = '#d9822b';
const GREEN = '#3d8f5f';
const RED = '#c0392b';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}td{padding:.15em 1.5em .15em 0;border-bottom:1px solid #e3e3e3}
td+td{font-variant-numeric:tabular-nums}svg{width:100%;height:auto;margin:.4em 0}
polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}.grid{stroke:#e3e3e3}
text{font:11px system-ui,sans-serif;fill:#555}.title{font-size:13px;fill:#222;font-weight:600}.y{text-anchor:end}.x{text-anchor:middle}
pre{background:#f6f6f6;padding:1em;overflow:auto;font-size:12px}`;

/** A page that shows a run, with nothing to load. */
export function reportPage(run: Run, platform: Platform, rates: TaskRates): string {
  const { name, description } = run.profile;
  const rows = figureRows(figuresOf(run)).map(([figure, value]) => `<tr><td>${figure}</td><td>${value}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Scaling: ${name}</title><style>${STYLE}</style></head><body>
<h1>${name}</h1>
<p>Simulated: ${escaped(description)}.</p>
<table>${rows.join('')}</table>
${charts(run).map(chartSvg).join('\n')}
<h2>What the template says</h2>
<pre>${escaped(platformText(platform, rates))}</pre>
<p>Made by <code>npm run simulate:scaling -- --profile ${name}</code>. What is assumed of AWS is in
<code>infra/simulator/assumptions.ts</code>; what a task does was measured by <code>npm run bench:rates</code>.</p>
</body></html>
`;
}

function charts({ seconds, profile }: Run): Chart[] {
  const line = (name: string, color: string, of: (second: Second) => number) => ({
    name,
    color,
    values: seconds.map(of),
  });
  const chart = (title: string, format: (value: number) => string, lines: Chart['lines']): Chart => ({
    title,
    format,
    lines,
    seconds: profile.seconds,
  });
  let dollars = 0;
  return [
    chart('Orders a second', count, [
      line('decided', GREEN, ({ decided }) => decided),
      line('refused', RED, ({ refused }) => refused),
      { ...line('asked for', BLUE, ({ demand }) => demand), dashed: true },
    ]),
    chart('Orders that wait in the queue', count, [line('orders', BLUE, backlog)]),
    chart('Tasks that run', count, [
      line('api', BLUE, ({ running }) => running.api),
      line('worker', ORANGE, ({ running }) => running.worker),
      line('stream-relay', GREEN, ({ running }) => running['stream-relay']),
    ]),
    chart('Age of the oldest order', (value) => `${value} s`, [
      line('not decided', ORANGE, ({ oldestUndecidedSeconds }) => oldestUndecidedSeconds),
      line('not told', GREEN, ({ oldestUntoldSeconds }) => oldestUntoldSeconds),
    ]),
    chart('Dollars since the start', (value) => `$${value.toFixed(2)}`, [
      line('dollars', BLUE, (second) => {
        dollars += second.dollars;
        return dollars;
      }),
    ]),
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
