import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { eventConsumerNames } from '#libs/resources';
import type { StageConfig } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { AlertsTopic } from './alerts-topic.ts';
import { ApiStation } from './api-station.ts';
import { ConsumerStation } from './consumer-station.ts';
import { FrontDoorStation } from './front-door-station.ts';
import { MonthlyBudget } from './monthly-budget.ts';
import { OrdersDashboard } from './orders-dashboard.ts';
import { OrdersQueueStation } from './orders-queue-station.ts';
import { RelayStation } from './relay-station.ts';
import { SavedQueries } from './saved-queries.ts';
import type { Station } from './station.ts';
import { Symptom } from './symptom.ts';
import { TablesStation } from './tables-station.ts';
import { TopicStation } from './topic-station.ts';
import { WorkerStation } from './worker-station.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly config: StageConfig;
  readonly data: DataStack;
  readonly services: ServicesStack;
  readonly edge: EdgeStack;
}

/** What is wrong, who is told of it, and where to look, from the front door to the services that subscribe. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { config, data, services, edge, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const { api, worker, streamRelay } = services;
    const intake = new ApiStation(this, 'Api', { config, api });
    const queue = new OrdersQueueStation(this, 'OrdersQueue', { config, orders: data.orders });
    const decision = new WorkerStation(this, 'Worker', { config, worker, queue: data.orders.queue });
    const relay = new RelayStation(this, 'StreamRelay', {
      config,
      streamRelay,
      deadLetterQueue: data.relayDeadLetterQueue,
    });
    const stations: Station[] = [
      new FrontDoorStation(config, edge.distribution.distribution.distributionId),
      intake,
      queue,
      decision,
      new TablesStation(this, 'Tables', { config, tables: data.tables }),
      relay,
      new TopicStation(this, 'Topic', { config, topic: data.orderEventsTopic }),
      ...eventConsumerNames.map(
        (name) => new ConsumerStation(this, name, { config, name, queues: data.eventConsumers[name] }),
      ),
    ];
    const delayed = new Symptom(this, 'Delayed', {
      config,
      name: 'orders-are-delayed',
      meaning: 'Orders are taken in, but decided or told late',
      anyOf: [...queue.silent, ...decision.silent, ...relay.silent],
    });
    const alerts = new AlertsTopic(this, 'Alerts', config);
    alerts.tellOf([delayed, ...stations.flatMap(({ telling }) => telling)]);
    new MonthlyBudget(this, 'MonthlyBudget', { config, alerts: alerts.topic });
    new OrdersDashboard(this, 'Dashboard', { config, symptoms: [delayed], stations });
    new SavedQueries(this, 'SavedQueries', config, [api, worker, streamRelay]);
  }
}
