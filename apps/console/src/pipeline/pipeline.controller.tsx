import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { BLUE, GREEN, ORANGE } from '../../../../lab/charts/colors.ts';
import { chartSvg } from '../../../../lab/charts/line-chart.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { h, Html } from '../view/html.ts';
import { page } from '../view/page.tsx';
import type { Reader } from '../view/reader.ts';
import { Badge, Table } from '../view/table.tsx';
import type { PipelineSource, PipelineState, Series, Station } from './pipeline-state.ts';

export const PIPELINE = Symbol('PipelineSource');
/** The chart asks for thirteen labels; texts need more room. */
const LABELS = 4;
const COLORS = [BLUE, ORANGE, GREEN];

@Controller()
@UseGuards(OperatorGuard)
export class PipelineController {
  constructor(@Inject(PIPELINE) private readonly source: PipelineSource) {}

  @Get()
  async show(@CurrentVisit() visit: Visit) {
    const state = await this.source.state();
    return page(visit, 'Pipeline', <PipelineView state={state} reader={visit.reader} />);
  }

  /** For the tab in which somebody signed in again, to go on in the one before. */
  @Get('signed-in')
  signedIn(@CurrentVisit() visit: Visit) {
    return page(visit, 'Signed in', <h1>You are signed in. Go back to the other tab.</h1>);
  }
}

function PipelineView({ state, reader }: { state: PipelineState; reader: Reader }) {
  const failing = state.stations.filter((station) => station.state === 'down');
  const summary =
    failing.length === 0
      ? 'All stations that report their health work.'
      : `Down: ${failing.map(({ name }) => name).join(', ')}.`;
  return (
    <div id="live" hx-get="/" hx-trigger="every 1500ms" hx-select="#live" hx-swap="outerMorph">
      <h1>Pipeline</h1>
      <p class="lead">
        <span aria-live="polite">{summary}</span> <span class="quiet">As of {reader.time(state.at)}.</span>
      </p>
      <Table
        head={['Station', 'State', 'Flow', 'Backlog', 'Oldest', 'Dead letters', 'Remarks']}
        numbers={[2, 3, 4, 5]}
        rows={state.stations.map((station) => cellsOf(station, reader))}
      />
      <div class="charts">
        {state.series.map((series) => (
          <Chart series={series} reader={reader} />
        ))}
      </div>
    </div>
  );
}

function cellsOf({ name, state, detail, flow, backlog, oldestMs, failures }: Station, reader: Reader) {
  return [
    <strong>{name}</strong>,
    state === 'unknown' ? '' : <Badge status={state} />,
    flow === undefined ? '' : `${reader.number(flow)}/s`,
    backlog === undefined ? '' : reader.number(backlog),
    oldestMs ? reader.duration(oldestMs) : '',
    failures ? <a href="/dead-letters">{reader.number(failures)}</a> : failures === 0 ? '0' : '',
    detail ?? '',
  ];
}

function Chart({ series: { title, seconds, lines }, reader }: { series: Series; reader: Reader }) {
  const drawn = lines.map(({ name, values }, position) => ({ name, values, color: COLORS[position] ?? BLUE }));
  if (drawn.every(({ values }) => values.length < 2)) return <p class="quiet">{title}: no values yet.</p>;
  const format = (value: number) => reader.number(value);
  const along = (part: number) => {
    if (!Number.isInteger(part * LABELS)) return '';
    return part === 1 ? 'now' : `${reader.duration((1 - part) * seconds * 1_000)} ago`;
  };
  return <figure>{new Html(chartSvg({ title, lines: drawn, along, format }))}</figure>;
}
