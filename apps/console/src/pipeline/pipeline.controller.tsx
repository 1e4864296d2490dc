import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { eventConsumers } from '#libs/resources';
import { BLUE, GREEN, GREY, ORANGE, PURPLE, RED } from '../../../../lab/charts/colors.ts';
import { chartSvg } from '../../../../lab/charts/line-chart.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Fragment, h, Html } from '../view/html.ts';
import { Live, page } from '../view/page.tsx';
import type { Reader } from '../view/reader.ts';
import { Badge, Table } from '../view/table.tsx';
import {
  type FigureName,
  ORDERS_QUEUE,
  PIPELINE,
  type PipelineSource,
  type PipelineState,
  type Station,
} from './station.ts';

/** The chart asks for thirteen labels; texts need more room. */
const LABELS = 4;
const COLORS = [BLUE, ORANGE, GREEN, GREY, PURPLE, RED];

@Controller()
@UseGuards(OperatorGuard)
export class PipelineController {
  constructor(@Inject(PIPELINE) private readonly source: PipelineSource) {}

  @Get()
  async show(@CurrentVisit() visit: Visit) {
    const state = await this.source.state();
    return page(visit, 'Pipeline', <PipelineView state={state} reader={visit.reader} />);
  }
}

function PipelineView({ state: { at, seconds, stations }, reader }: { state: PipelineState; reader: Reader }) {
  const down = stations.filter(({ state }) => state === 'down').map(({ name }) => name);
  // CloudWatch has figures of a stage and no states.
  const isKnown = stations.some(({ state }) => state !== 'unknown');
  return (
    <Live url="/" every="1500ms">
      <h1>Pipeline</h1>
      <p class="lead">
        <span aria-live="polite">
          {down.length > 0 ? `Down: ${down.join(', ')}.` : isKnown && 'No station is down.'}
        </span>{' '}
        <span class="quiet">As of {reader.time(at)}.</span>
      </p>
      <Table
        head={['Station', 'State', 'Flow', 'Backlog', 'Oldest', 'Failures', 'Remarks']}
        numbers={[2, 3, 4, 5]}
        rows={stations.map(({ name, state, detail, figures: { flow, backlog, oldest, failures } }) => [
          <strong>{name}</strong>,
          state !== 'unknown' && <Badge status={state} />,
          flow && `${reader.number(flow.now)}/s`,
          backlog && reader.number(backlog.now),
          oldest && (oldest.now > 0 ? reader.duration(oldest.now) : '–'),
          failures && <Failures station={name} failures={failures.now} reader={reader} />,
          detail,
        ])}
      />
      <div class="charts">
        {CHARTS.map(({ title, figure, of }) => {
          const lines = stations.filter(({ name, figures }) => figures[figure] && of(name));
          return <Chart {...{ title, figure, lines, seconds, reader }} />;
        })}
      </div>
    </Live>
  );
}

/** Failed answers of the api in a minute; the dead letters of the others. */
function Failures({ station, failures, reader }: { station: string; failures: number; reader: Reader }) {
  if (station === 'api') return <>{reader.number(failures)}/min</>;
  return failures > 0 ? <a href="/dead-letters">{reader.number(failures)}</a> : <>0</>;
}

const isConsumer = (name: string) => eventConsumers.some((consumer) => consumer.name === name);
const CHARTS: readonly { title: string; figure: FigureName; of: (name: string) => boolean }[] = [
  { title: 'Flow a second', figure: 'flow', of: (name) => !isConsumer(name) && name !== ORDERS_QUEUE },
  { title: 'Commands in the orders queue', figure: 'backlog', of: (name) => name === ORDERS_QUEUE },
  { title: 'Events that wait for a service', figure: 'backlog', of: isConsumer },
  { title: 'Dead letters', figure: 'failures', of: (name) => name !== 'api' },
];

interface ChartView {
  title: string;
  figure: FigureName;
  lines: readonly Station[];
  seconds: number;
  reader: Reader;
}

function Chart({ title, figure, lines, seconds, reader }: ChartView) {
  const drawn = lines.map(({ name, figures }, position) => ({
    name,
    values: figures[figure]?.line ?? [],
    color: COLORS[position % COLORS.length]!,
  }));
  if (drawn.every(({ values }) => values.length < 2)) return <p class="quiet">{title}: no values yet.</p>;
  const along = (part: number) => {
    if (!Number.isInteger(part * LABELS)) return '';
    return part === 1 ? 'now' : `${reader.duration((1 - part) * seconds * 1_000)} ago`;
  };
  return (
    <figure tabindex="0">
      {new Html(chartSvg({ title, lines: drawn, along, format: (value) => reader.number(value) }))}
    </figure>
  );
}
