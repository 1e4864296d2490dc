import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type StageConfig } from '../../infra/lib/config.ts';
import { stages } from '../../infra/lib/stages.ts';
import { openAthena } from './athena.ts';

const SQL = 'SELECT day, orders, share FROM days';
const stage: StageConfig = { ...stages['production']!, reports: { scanLimitGb: 5 } };

const column = (Name: string, Type: string) => ({ Name, Type });
const row = (...values: (string | undefined)[]) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });
const ResultSetMetadata = {
  ColumnInfo: [column('day', 'varchar'), column('orders', 'bigint'), column('share', 'double')],
};
const pages = [
  {
    ResultSet: { ResultSetMetadata, Rows: [row('day', 'orders', 'share'), row('2026-11-27', '3', '0.5')] },
    NextToken: '1',
  },
  { ResultSet: { ResultSetMetadata, Rows: [row('2026-11-28', '9007199254740993', undefined)] } },
];

/** Athena's JSON protocol: it records the calls, and a query goes through these states; the last one stays. */
let states: object[] = [];
let startError: object | undefined;
let calls: [string, Record<string, unknown>][] = [];
const athena = createServer((request, response) => {
  void json(request).then((body) => {
    const call = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const typed = body as Record<string, unknown>;
    calls.push([call, typed]);
    const answers: Record<string, () => object> = {
      StartQueryExecution: () => startError ?? { QueryExecutionId: 'q1' },
      GetQueryExecution: () => ({ QueryExecution: states.length > 1 ? states.shift() : states[0] }),
      GetQueryResults: () => pages[Number(typed['NextToken'] ?? 0)] ?? {},
      StopQueryExecution: () => ({}),
    };
    const answer = answers[call]?.() ?? {};
    response.writeHead('__type' in answer ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
});

const state = (State: string, StateChangeReason?: string) => ({ Status: { State, StateChangeReason } });
const callNames = () => calls.map(([name]) => name);

beforeAll(async () => {
  await once(athena.listen(0, '127.0.0.1'), 'listening');
  process.env['AWS_ENDPOINT_URL_ATHENA'] = `http://127.0.0.1:${(athena.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
});
beforeEach(() => {
  calls = [];
  startError = undefined;
});
afterAll(() => {
  athena.closeAllConnections();
  athena.close();
});

async function query(signal = new AbortController().signal) {
  const engine = await openAthena('production', stage);
  try {
    return await engine.query(SQL, signal);
  } finally {
    await engine.close();
  }
}

describe('the engine for reports of a stage', () => {
  it('runs a report in the workgroup and database of the stage, and reads all pages of its result', async () => {
    states = [state('QUEUED'), state('RUNNING'), state('SUCCEEDED')];
    expect(await query()).toEqual({
      columns: ['day', 'orders', 'share'],
      rows: [
        ['2026-11-27', 3n, 0.5],
        ['2026-11-28', 9_007_199_254_740_993n, null],
      ],
    });
    expect(calls[0]).toEqual([
      'StartQueryExecution',
      expect.objectContaining({
        QueryString: SQL,
        WorkGroup: 'fargate-orders-production-reports',
        QueryExecutionContext: { Database: 'fargate_orders_production_reports' },
      }),
    ]);
    expect(callNames().slice(1)).toEqual([
      ...Array<string>(3).fill('GetQueryExecution'),
      'GetQueryResults',
      'GetQueryResults',
    ]);
  });

  it('stops a running report soon after the signal aborts', async () => {
    states = [state('RUNNING')];
    const interrupted = new AbortController();
    const result = query(interrupted.signal);
    while (!callNames().includes('GetQueryExecution')) await once(athena, 'request');
    interrupted.abort();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls.at(-1)).toEqual(['StopQueryExecution', { QueryExecutionId: 'q1' }]);
  });

  it.each([
    ['CANCELLED', 'Query cancelled! : Bytes scanned limit was exceeded', /more than 5 GB: raise reports.scanLimitGb/],
    ['FAILED', 'TABLE_NOT_FOUND: line 1:8', 'Athena has not run the report: TABLE_NOT_FOUND: line 1:8'],
  ])('says why a report is %s: %s', async (name, reason, message) => {
    states = [state(name, reason)];
    await expect(query()).rejects.toThrow(message);
  });

  it('says what to do if the stage has no reports, or they are not deployed', async () => {
    await expect(openAthena('production')).rejects.toThrow(
      'the stage production has no reports: set reports in infra/lib/stages.ts and deploy (docs/deploying.md#reports)',
    );
    startError = {
      __type: 'InvalidRequestException',
      Message: 'WorkGroup fargate-orders-production-reports is not found.',
    };
    await expect(query()).rejects.toThrow('the stage production has no reports');
    startError = { __type: 'AccessDeniedException', Message: 'not authorized to perform: athena:StartQueryExecution' };
    await expect(query()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
