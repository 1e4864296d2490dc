import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type MetricDefinition, serviceMetrics } from '#libs/metrics';
import { eventConsumerNames } from '#libs/resources';
import { stages } from '../../../../infra/lib/stages.ts';
import { StagePipelineSource } from './stage-pipeline.ts';

interface Metric {
  Namespace: string;
  MetricName: string;
  Dimensions: [{ Name: string; Value: string }];
}
interface Query {
  Id: string;
  MetricStat?: { Metric: Metric; Stat: string };
  Expression?: string;
}

/** CloudWatch, with 120 for each metric in each minute but the first. */
const asked: Query[] = [];
const cloudWatch = createServer((request, response) => {
  void json(request).then((body) => {
    const { MetricDataQueries, StartTime } = body as { MetricDataQueries: Query[]; StartTime: number };
    asked.push(...MetricDataQueries);
    const Timestamps = Array.from({ length: 59 }, (_, minute) => StartTime + (minute + 1) * 60);
    const MetricDataResults = MetricDataQueries.map(({ Id }) => ({
      Id,
      Timestamps,
      Values: Timestamps.map(() => 120),
    }));
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
  const pipeline = new StagePipelineSource({ nameOf, hasQueue }, stages['production']!);
  const state = await pipeline.state();
  pipeline.stop();
  return state;
}

it('shows the last minute and the last hour of a stage from CloudWatch', async () => {
  const { stations, seconds } = await stateOf(() => true);
  const now = stations.map(({ name, figures: { flow, backlog, oldest, failures } }) => {
    return [name, flow?.now, backlog?.now, oldest?.now, failures?.now];
  });
  expect(now).toEqual([
    ['api', 2, 120, undefined, 120],
    ['orders queue', 2, 120, 120_000, undefined],
    ['worker', 4, undefined, undefined, 120],
    ['stream-relay', 2, 120, 120, 120],
    ...eventConsumerNames.map((name) => [name, 2, 120, 120_000, 120]),
  ]);
  expect(stations[2]?.figures.flow?.line).toEqual([0, ...Array.from({ length: 59 }, () => 4)]);
  expect(seconds).toBe(3_600);
});

it('shows no subscribers that the stage does not have', async () => {
  const { stations } = await stateOf((name) => !name?.startsWith('accounting'));
  expect(stations.map(({ name }) => name)).not.toContain('accounting');
});

it('queries only metrics that the services report', async () => {
  await stateOf(() => true);
  const metrics = asked.flatMap(({ MetricStat }) => MetricStat ?? []);
  expect(asked.flatMap(({ Expression }) => Expression ?? [])).toEqual([
    `SUM(SEARCH('{"fargate-orders/production",Service,Route,Status} MetricName="HttpRequests" Service=api Status=("500" OR "502" OR "503" OR "504")', 'Sum', 60))`,
  ]);
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
  expect(new Set(queues).size).toBe(11);
});
