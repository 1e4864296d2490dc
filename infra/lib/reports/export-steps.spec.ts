import { runInNewContext } from 'node:vm';
import { exportSteps, NO_PROGRESS } from './export-steps.ts';

interface State {
  Type: string;
  Resource?: string;
  Arguments?: unknown;
  Assign?: Record<string, unknown>;
  Output?: string;
  Next?: string;
  Catch?: { ErrorEquals: string[]; Assign?: Record<string, unknown>; Next: string }[];
  Choices?: { Condition: string; Next: string }[];
  Default?: string;
}

const { StartAt, States } = exportSteps({
  tableArn: 'TABLE',
  bucketName: 'BUCKET',
  parameterName: 'PROGRESS',
}) as { StartAt: string; States: Record<string, State> };

/** The functions of JSONata that the steps use. */
const functions = {
  $floor: Math.floor,
  $min: (values: number[]) => Math.min(...values),
  $toMillis: Date.parse,
  $fromMillis: (millis: number) => new Date(millis).toISOString(),
  $substring: (text: string, start: number, length: number) => text.slice(start, start + length),
  $string: (value: unknown) => JSON.stringify(value),
  $parse: (text: string) => JSON.parse(text) as unknown,
};

/** A value with its expressions evaluated. Those of the steps are also JavaScript, once three operators are replaced. */
function evaluated(value: unknown, variables: object): unknown {
  if (typeof value === 'string') {
    const [, expression] = /^\{% (.*) %\}$/.exec(value) ?? [];
    if (expression === undefined) return value;
    const script = expression.replaceAll(' & ', ' + ').replaceAll(' = ', ' === ').replaceAll(' and ', ' && ');
    return runInNewContext(script, { ...functions, ...variables }) as unknown;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, evaluated(one, variables)]));
}

function assigned(variables: object, assign: Record<string, unknown> | undefined, scope: object) {
  const values = Object.entries(evaluated(assign ?? {}, scope) as object);
  return { ...variables, ...Object.fromEntries(values.map(([variable, value]) => [`$${variable}`, value])) };
}

interface ExportCall {
  S3Prefix: string;
  ExportType: string;
  ExportTime?: string;
  IncrementalExportSpecification?: { ExportFromTime: string; ExportToTime: string };
}

/** Runs the steps against an account with this progress. DynamoDB answers the exports one after the other with these statuses. */
function run(startTime: string, progress: string, statuses: readonly string[] = [], refused = false) {
  const account = { progress, exports: [] as string[] };
  const ended: Record<string, string[]> = {};
  let variables: Record<string, unknown> = {};
  const answers: Record<string, (call: never) => unknown> = {
    getParameter: () => ({ Parameter: { Value: account.progress } }),
    putParameter: ({ Value }: { Value: string }) => ((account.progress = Value), {}),
    exportTableToPointInTime: ({ S3Prefix, ExportType, ExportTime, ...call }: ExportCall) => {
      const { ExportFromTime: from, ExportToTime: to } = call.IncrementalExportSpecification ?? {};
      if (refused && from) throw new Error('DynamoDb.InvalidExportTimeException');
      account.exports.push(`${ExportType} ${from ?? ''} ${to ?? ExportTime} ${S3Prefix}`.replaceAll(':00.000Z', ''));
      ended[`export ${account.exports.length}`] = ['IN_PROGRESS', statuses[account.exports.length - 1] ?? 'COMPLETED'];
      return { ExportDescription: { ExportArn: `export ${account.exports.length}` } };
    },
    describeExport: ({ ExportArn }: { ExportArn: string }) => ({
      ExportDescription: { ExportStatus: ended[ExportArn]?.shift() },
    }),
  };
  let input: unknown = {};
  for (let name = StartAt, steps = 0; ; steps += 1) {
    const state = States[name];
    if (!state || steps > 1_000) throw new Error(`no end: ${name}`);
    if (state.Type === 'Succeed' || state.Type === 'Fail') return { outcome: state.Type, ...account };
    const context = { Execution: { StartTime: startTime } };
    const scope = { ...variables, $states: { input, context, result: undefined as unknown } };
    let next = state.Next;
    if (state.Type === 'Choice')
      next = state.Choices?.find(({ Condition }) => evaluated(Condition, scope))?.Next ?? state.Default;
    if (state.Type === 'Task') {
      try {
        const answer = answers[state.Resource?.split(':').at(-1) ?? ''];
        scope.$states.result = answer?.(evaluated(state.Arguments, scope) as never);
        variables = assigned(variables, state.Assign, scope);
        input = state.Output === undefined ? scope.$states.result : evaluated(state.Output, scope);
      } catch (error) {
        const caught = state.Catch?.find(({ ErrorEquals }) => ErrorEquals.includes((error as Error).message));
        if (!caught) throw error;
        variables = assigned(variables, caught.Assign, scope);
        next = caught.Next;
      }
    }
    name = next ?? '';
  }
}

const progressOf = (full: string, until: string) => JSON.stringify({ full, until });

describe('the nightly export', () => {
  it('is a full one at first, until 15 minutes ago', () => {
    expect(run('2026-11-28T00:03:21.456Z', NO_PROGRESS)).toEqual({
      outcome: 'Succeed',
      exports: ['FULL_EXPORT  2026-11-27T23:48 orders/2026-11-27'],
      progress: progressOf('2026-11-27T23:48:00.000Z', '2026-11-27T23:48:00.000Z'),
    });
  });

  it('has the changes since the last one, and the rest of a window that is longer than DynamoDB allows', () => {
    const first = run('2026-11-29T00:03:59Z', progressOf('2026-11-27T23:48:00.000Z', '2026-11-27T23:48:00.000Z'));
    expect(first.exports).toEqual(['INCREMENTAL_EXPORT 2026-11-27T23:48 2026-11-28T23:48 orders/2026-11-28']);
    // Seven minutes later than a day after: too few for a window, so the next night exports them.
    const second = run('2026-11-30T00:10:00Z', first.progress);
    const third = run('2026-12-01T00:14:00Z', second.progress);
    expect([...second.exports, ...third.exports]).toEqual([
      'INCREMENTAL_EXPORT 2026-11-28T23:48 2026-11-29T23:48 orders/2026-11-29',
      'INCREMENTAL_EXPORT 2026-11-29T23:48 2026-11-30T23:48 orders/2026-11-30',
    ]);
  });

  it('makes up for missed nights, in windows of a day without a gap', () => {
    const { exports, progress } = run(
      '2026-12-03T06:15:00Z',
      progressOf('2026-11-20T00:00:00Z', '2026-11-30T23:48:00Z'),
    );
    expect(exports).toEqual([
      'INCREMENTAL_EXPORT 2026-11-30T23:48 2026-12-01T23:48 orders/2026-12-01',
      'INCREMENTAL_EXPORT 2026-12-01T23:48 2026-12-02T23:48 orders/2026-12-02',
      'INCREMENTAL_EXPORT 2026-12-02T23:48 2026-12-03T06:00 orders/2026-12-03',
    ]);
    expect(progress).toBe(progressOf('2026-11-20T00:00:00.000Z', '2026-12-03T06:00:00.000Z'));
  });

  it('is a full one again after 30 days, before the files of the last one expire, beside the changes', () => {
    const { exports, progress } = run(
      '2026-12-28T00:16:00Z',
      progressOf('2026-11-28T00:00:00Z', '2026-12-27T00:01:00Z'),
    );
    expect(exports).toEqual([
      'FULL_EXPORT  2026-12-28T00:01 orders/2026-12-28',
      'INCREMENTAL_EXPORT 2026-12-27T00:01 2026-12-28T00:01 orders/2026-12-28',
    ]);
    expect(progress).toBe(progressOf('2026-12-28T00:01:00.000Z', '2026-12-28T00:01:00.000Z'));
  });

  it('is a full one if DynamoDB no longer has the changes, as after a restore', () => {
    const { exports } = run(
      '2026-11-29T00:15:00Z',
      progressOf('2026-11-28T00:00:00Z', '2026-11-28T00:00:00Z'),
      [],
      true,
    );
    expect(exports).toEqual(['FULL_EXPORT  2026-11-29T00:00 orders/2026-11-29']);
  });

  it('fails if an export fails, and repeats that window, but no finished one', () => {
    const before = progressOf('2026-11-20T00:00:00.000Z', '2026-11-30T23:48:00.000Z');
    const failed = run('2026-12-03T00:03:00Z', before, ['COMPLETED', 'FAILED']);
    expect(failed.outcome).toBe('Fail');
    expect(failed.exports).toHaveLength(2);
    expect(run('2026-12-03T08:00:00Z', failed.progress).exports[0]).toBe(failed.exports[1]);
  });
});
