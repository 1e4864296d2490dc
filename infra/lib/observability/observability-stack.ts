import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { eventConsumerNames } from '#libs/resources';
import type { StageStackProps } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { Symptom } from '../runbook-alarm.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { AlertsTopic, MonthlyBudget } from './alerts.ts';
import { apiStation } from './api-station.ts';
import { OrdersDashboard, type Station } from './dashboard.ts';
import { frontDoorStation } from './front-door-station.ts';
import { consumerStation, ordersQueueStation, topicStation } from './queue-stations.ts';
import { SavedQueries } from './saved-queries.ts';
import { relayStation, workerStation } from './service-stations.ts';
import { tablesStation } from './tables-station.ts';

export interface ObservabilityStackProps extends StageStackProps {
  readonly data: DataStack;
  readonly services: ServicesStack;
  readonly edge: EdgeStack;
}

/** Alarms, notifications, dashboard, saved queries and budget, from the front door to the subscribers of events. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { config, data, services, edge, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const { api, worker, streamRelay } = services;
    const workloads = [api, worker, streamRelay];
    const intake = apiStation(this, config, api);
    const queue = ordersQueueStation(this, config, data.orders);
    const decision = workerStation(this, config, worker, data.orders.queue);
    const relay = relayStation(this, config, streamRelay, data.relayDeadLetterQueue);
    const stations: Station[] = [
      frontDoorStation(config, edge.distribution.distribution.distributionId),
      intake,
      queue,
      decision,
      tablesStation(this, config, data.tables, workloads),
      relay,
      topicStation(this, config, data.orderEventsTopic),
      ...eventConsumerNames.map((name) => consumerStation(this, config, name, data.eventConsumers[name])),
    ];
    const delayed = new Symptom(this, 'Delayed', {
      config,
      name: 'orders-are-delayed',
      meaning: 'Orders are accepted, but decided or published late',
      anyOf: [...queue.silent, ...decision.silent, ...relay.silent],
    });
    const alerts = new AlertsTopic(this, 'Alerts', config);
    alerts.notifyAbout([delayed, ...stations.flatMap(({ notifying }) => notifying)]);
    new MonthlyBudget(this, 'MonthlyBudget', config, alerts.topic);
    new OrdersDashboard(this, 'Dashboard', config, delayed, stations);
    new SavedQueries(this, 'SavedQueries', config, workloads);
  }
}
