import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type MetricDefinition, serviceMetrics } from '#libs/metrics';
import { stages } from '../../../../infra/lib/stages.ts';
import { StagePipeline } from './stage-pipeline.ts';

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: [{ Name: string; Value: string }];
}
interface Query {
  Id: string;
  Expression?: string;
  MetricStat?: { Metric: Metric; Stat: string };
}

/** CloudWatch, with 60 minutes of 120 for each expression. */
const asked: Query[] = [];
const cloudWatch = createServer((request, response) => {
  void json(request).then((body) => {
    const { MetricDataQueries } = body as { MetricDataQueries: Query[] };
    asked.push(...MetricDataQueries);
    const MetricDataResults = MetricDataQueries.filter(({ Expression }) => Expression).map(({ Id }) => {
      return { Id, Values: Array.from({ length: 60 }, () => 120) };
    });
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ MetricDataResults }));
  });
});

beforeAll(async () => {
  await once(cloudWatch.listen(0, '127.0.0.1'), 'listening');
  process.env['AWS_ENDPOINT_URL_CLOUDWATCH'] = `http://127.0.0.1:${(cloudWatch.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
});

afterAll(() => cloudWatch.close());

beforeEach(() => asked.splice(0));

async function stateOf(hasQueue: (name: string | undefined) => boolean) {
  const nameOf = (resource: string) => `fargate-orders-production-${resource}`;
  const pipeline = new StagePipeline({ nameOf, hasQueue }, stages['production']!);
  const state = await pipeline.state();
  pipeline.stop();
  return state;
}

it('shows the last minute and the last hour of a stage from CloudWatch', async () => {
  const { stations, seconds } = await stateOf(() => true);
  const known = stations.map(({ name, figures }) => [name, ...Object.keys(figures)]);
  const queue = ['flow', 'backlog', 'oldest'];
  expect(known).toEqual([
    ['api', 'flow', 'backlog'],
    ['orders queue', ...queue],
    ['worker', 'flow', 'failures'],
    ['stream-relay', ...queue, 'failures'],
    ...['inventory', 'fulfillment', 'accounting'].map((name) => [name, ...queue, 'failures']),
  ]);
  const figures = stations.flatMap((station) => Object.values(station.figures));
  expect(figures.every(({ now, line }) => now === 120 && line.length === 60)).toBe(true);
  expect(seconds).toBe(3_600);
  expect(asked.flatMap(({ Id, Expression }) => (/^s[02]flow$/.test(Id) ? Expression : []))).toEqual([
    '(FILL(s0flow0, 0)) / 60',
    '(FILL(s2flow0, 0) + FILL(s2flow1, 0)) / 60',
  ]);
});

it('shows no subscribers that the stage does not have', async () => {
  const { stations } = await stateOf((name) => !name?.startsWith('accounting'));
  expect(stations.map(({ name }) => name)).not.toContain('accounting');
});

it('queries only metrics that the services report', async () => {
  await stateOf(() => true);
  const metrics = asked.flatMap(({ MetricStat }) => MetricStat ?? []);
  const own = metrics.filter(({ Metric }) => Metric.Namespace === 'fargate-orders/production');
  const reported: Record<string, Record<string, MetricDefinition>> = serviceMetrics;
  for (const { Metric, Stat } of own) {
    const [{ Name, Value: service }] = Metric.Dimensions;
    const definition = reported[service]?.[Metric.MetricName];
    expect({ Name, ...definition }).toMatchObject({ Name: 'Service', kind: Stat === 'Sum' ? 'counter' : 'gauge' });
    expect(definition).not.toHaveProperty('dimensions');
  }
  expect(own.length).toBe(7);
  const queues = metrics.filter((one) => !own.includes(one)).map(({ Metric }) => Metric.Dimensions[0].Value);
  expect(new Set(queues).size).toBe(9);
});
