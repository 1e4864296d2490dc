import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { isOrderId } from '#libs/orders';
import { listOperations } from '../../../../operations/operations-log.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { type Child, Fragment, h, type Html } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { Badge, NextPage, OrderLink, Table, wordsOf } from '../view/table.tsx';

const PAGE = 50;

/** Who did what: with this console and with the tools of operators. */
@Controller('activity')
@UseGuards(OperatorGuard)
export class ActivityController {
  constructor(private readonly operations: Operations) {}

  @Get()
  async list(@CurrentVisit() visit: Visit, @Query('cursor') cursor: string | undefined) {
    const { reader } = visit;
    const found = await listOperations(this.operations.environment, PAGE + 1, cursor || undefined);
    const shown = found.slice(0, PAGE);
    return page(
      visit,
      'Activity',
      <>
        <h1>Activity</h1>
        <p class="lead">What people did with this console and with npm run dlq and relay:replay, newest first.</p>
        <Table
          head={['When', 'Who', 'What', 'With', 'Why', 'Outcome']}
          rows={shown.map(({ startedAt, by, tool, operation, details, why, outcome, failure, counts }) => [
            reader.time(startedAt),
            by,
            `${wordsOf(operation)} (${tool})`,
            <Details details={details} />,
            why,
            <>
              <Badge status={outcome ?? 'not ended'} /> {failure} {countsText(counts)}
            </>,
          ])}
        />
        <NextPage
          url={visit.url}
          cursor={found.length > PAGE ? shown.at(-1)?.operationId : null}
          shown={shown.length}
        />
      </>,
    );
  }
}

/** Names and values, the inner ones too. An order is a link. */
function Details({ details }: { details: object }): Html {
  const values = Object.entries(details).map(([name, value]: [string, unknown]): Child => {
    if (typeof value === 'object' && value !== null) return <Details details={value} />;
    return isOrderId(String(value)) ? <OrderLink orderId={String(value)} /> : `${wordsOf(name)}: ${String(value)};`;
  });
  return <>{values.map((value) => [value, ' '])}</>;
}

function countsText(counts: object = {}): string {
  const entries = Object.entries(counts).filter(([, value]) => value !== 0 && typeof value !== 'object');
  return entries.map(([name, value]) => `${wordsOf(name)} ${value}`).join(', ');
}
