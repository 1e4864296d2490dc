import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { stages } from '../../../../infra/lib/stages.ts';
import type { Environment } from '../../../../operations/environment.ts';
import { StagePipeline } from './stage-pipeline.ts';

interface Query {
  Id: string;
  Label?: string;
  MetricStat?: { Metric: { Namespace: string; Dimensions: { Name: string; Value: string }[] } };
}

/** CloudWatch, with 60 minutes of 120 for each metric that was asked. */
const asked: Query[] = [];
const cloudWatch = createServer((request, response) => {
  void json(request).then((body) => {
    const { MetricDataQueries } = body as { MetricDataQueries: Query[] };
    asked.push(...MetricDataQueries);
    const MetricDataResults = MetricDataQueries.filter(({ Label }) => Label).map(({ Id, Label }) => {
      return { Id, Label, Values: Array.from({ length: 60 }, () => 120) };
    });
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ MetricDataResults }));
  });
});

afterAll(() => cloudWatch.close());

it('shows the last minute and the last hour of a stage from CloudWatch', async () => {
  await once(cloudWatch.listen(0, '127.0.0.1'), 'listening');
  process.env['AWS_ENDPOINT_URL_CLOUDWATCH'] = `http://127.0.0.1:${(cloudWatch.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  const environment = { nameOf: (resource: string) => `fargate-orders-production-${resource}` } as Environment;
  const pipeline = new StagePipeline(environment, stages['production']!);
  const { stations, series } = await pipeline.state();
  pipeline.stop();
  expect(
    stations.map(({ name, flow, backlog, oldestMs, failures }) => [name, flow, backlog, oldestMs, failures]),
  ).toEqual([
    ['api', 2, 120, undefined, undefined],
    ['orders queue', undefined, 120, 120_000, undefined],
    ['worker', 4, undefined, undefined, 120],
    ['stream-relay', 2, 120, 120, 120],
    ...['inventory', 'fulfillment', 'accounting'].map((name) => [name, undefined, 120, 120_000, 120]),
  ]);
  expect(series.flatMap(({ lines }) => lines.map(({ values }) => values.length))).toEqual(Array(8).fill(60));
  const metrics = asked.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
  expect(metrics[0]).toMatchObject({
    Namespace: 'fargate-orders/production',
    Dimensions: [{ Name: 'Service', Value: 'api' }],
  });
  expect(metrics.at(-1)?.Dimensions).toEqual([
    { Name: 'QueueName', Value: 'fargate-orders-production-accounting-dlq.fifo' },
  ]);
});
