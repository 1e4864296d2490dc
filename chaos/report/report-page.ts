import { chartSvg, type Chart } from '../../infra/simulator/chart.ts';
import { faultChart } from './fault-chart.ts';
import { summaryLines } from './report-text.ts';
import type { RunResult } from './run-result.ts';
import type { Second } from './timeline.ts';

const BLUE = '#2f6fb3';
const ORANGE = '#d9822b';
const GREEN = '#3d8f5f';
const RED = '#c0392b';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
svg{width:100%;height:auto;margin:.4em 0}
polyline{fill:none;stroke-width:1.6;stroke-linejoin:round}.grid{stroke:#e3e3e3}
text{font:11px system-ui,sans-serif;fill:#555}.title{font-size:13px;fill:#222;font-weight:600}.y{text-anchor:end}.x{text-anchor:middle}
pre{background:#f6f6f6;padding:1em;overflow:auto;font-size:12px}`;

/** A page that shows a run, with nothing to load. */
export function reportPage(result: RunResult): string {
  const { scenario, description, command, machine, startedAt, verdict } = result;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Chaos: ${scenario}</title><style>${STYLE}</style></head><body>
<h1>${scenario}</h1>
<p>${escaped(description)}.</p>
<pre>${escaped([command, `${startedAt}, ${machine}`, ...summaryLines(result), verdict].join('\n'))}</pre>
${charts(result).map(chartSvg).join('\n')}
${faultChart(result.happened, result.seconds.length)}
</body></html>
`;
}

function charts({ seconds }: RunResult): Chart[] {
  const line = (name: string, color: string, of: (second: Second) => number) => ({
    name,
    color,
    values: seconds.map(of),
  });
  const chart = (title: string, lines: Chart['lines']): Chart => {
    return { title, lines, seconds: seconds.length, format: (value) => value.toLocaleString('en') };
  };
  return [
    chart('Answers a second', [
      line('accepted', GREEN, ({ accepted }) => accepted),
      line('503', ORANGE, ({ refused }) => refused),
      line('no answer', RED, ({ unanswered }) => unanswered),
    ]),
    chart('Messages in the orders queue', [line('messages', BLUE, ({ backlog }) => backlog)]),
    chart('Orders that wait', [
      line('accepted, not told', BLUE, ({ untold }) => untold),
      line('not accepted yet', ORANGE, ({ outstanding }) => outstanding),
    ]),
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
