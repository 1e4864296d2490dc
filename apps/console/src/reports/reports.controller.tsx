import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { UsageError } from '../../../../operations/environment.ts';
import { periodOf } from '../../../../operations/replay/arguments.ts';
import { openReportEngine, type Table as ReportTable } from '../../../../operations/reports/engine.ts';
import { shown, titlesOf } from '../../../../operations/reports/output.ts';
import { figuresOf, type Period, reports } from '../../../../operations/reports/statements.ts';
import { ShownError } from '../http/shown-error.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Field } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { Table } from '../view/table.tsx';

const SHOWN = reports().filter(({ name }) => ['sales-by-day', 'durations'].includes(name));
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** A reload within this time reads nothing again. Queries of a stage cost money. */
const KEPT_MS = 60_000;
/** Queries that take longer are ended. `npm run report` waits for them. */
const LONGEST_MS = 60_000;

interface Result {
  readonly key: string;
  readonly readAtMs: number;
  readonly tables: Promise<ReportTable[]>;
}

/** Two of the reports of `npm run report`. Those of a stage are read when somebody asks for them. */
@Controller('reports')
@UseGuards(OperatorGuard)
export class ReportsController {
  private last: Result | undefined;

  constructor(private readonly operations: Operations) {}

  @Get()
  async show(@CurrentVisit() visit: Visit, @Query() typed: { from?: string; to?: string }) {
    const { from = new Date(Date.now() - DEFAULT_DAYS * DAY_MS).toISOString().slice(0, 10), to = '' } = typed;
    const isWanted = this.stage === undefined || typed.from !== undefined;
    const tables = isWanted ? await this.tables(from, to) : [];
    return page(
      visit,
      'Reports',
      <>
        <h1>Reports</h1>
        <form method="get" action="/reports" class="search">
          <Field label="From" name="from" type="date" value={from} required />
          <Field label="To (not included)" name="to" type="date" value={to} />
          <button class="primary">Show</button>
        </form>
        {tables.map((table, position) => (
          <>
            <h2>{SHOWN[position]?.name.replaceAll('-', ' ')}</h2>
            <p class="quiet">{SHOWN[position]?.sentence}</p>
            {table.rows.length === 0 && <p>There is nothing.</p>}
            <Table
              head={titlesOf(table)}
              numbers={table.columns.flatMap((_, column) =>
                table.rows.some((row) => typeof row[column] !== 'string') ? column : [],
              )}
              rows={table.rows.map((row) => row.map((_, column) => shown(table, row, column)))}
            />
          </>
        ))}
        <p class="quiet">All reports, their orders, and files for a spreadsheet: npm run report.</p>
      </>,
    );
  }

  private get stage(): string | undefined {
    const { name } = this.operations.environment;
    return name === 'local' ? undefined : name;
  }

  private tables(from: string, to: string): Promise<ReportTable[]> {
    const period = this.period(from, to);
    const key = `${from} ${to}`;
    if (this.last?.key !== key || this.last.readAtMs < Date.now() - KEPT_MS) {
      const tables = this.read(period);
      this.last = { key, readAtMs: Date.now(), tables };
      // An error is not kept.
      tables.catch(() => (this.last = undefined));
    }
    return this.last.tables;
  }

  private period(from: string, to: string): Period {
    try {
      return periodOf({ from, to: to || undefined, stage: this.stage }, new Date());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new ShownError(400, 'These days are not a period', error.message.replaceAll('--', ''), { cause: error });
    }
  }

  private async read(period: Period): Promise<ReportTable[]> {
    const signal = AbortSignal.timeout(LONGEST_MS);
    const engine = await openReportEngine(this.operations.environment, this.stage, signal);
    try {
      const tables: ReportTable[] = [];
      for (const report of SHOWN) tables.push(await engine.query(figuresOf(report, period), signal));
      return tables;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new ShownError(504, 'This takes too long here', 'Use npm run report, or a shorter period.', {
        cause: error,
      });
    } finally {
      await engine.close();
    }
  }
}
