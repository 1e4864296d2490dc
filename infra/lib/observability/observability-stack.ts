import { ReferenceStrength, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageStackProps } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { FrontDoorStack } from '../edge/front-door-stack.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { MonthlyBudget } from './alerts.ts';
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
  readonly frontDoor: FrontDoorStack;
}

/** Alarms, notifications, dashboard, saved queries and budget, from the front door to the subscribers of events. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { config, data, services, frontDoor, ...props }: ObservabilityStackProps) {
    super(scope, id, props);
    const { api, worker, streamRelay, alerts } = services;
    // A weak reference, as in the other direction.
    const distributionId = Stack.consumeReference(frontDoor.distributionId, ReferenceStrength.WEAK);
    const stations: Station[] = [
      frontDoorStation(config, distributionId),
      apiStation(this, config, api),
      ordersQueueStation(this, config, data.orders),
      workerStation(worker, data.orders.queue),
      tablesStation(data.tables),
      relayStation(this, config, streamRelay, data.relayDeadLetterQueue),
      topicStation(this, config, data.orderEventsTopic),
      ...data.eventConsumers.map((consumer) => consumerStation(this, config, consumer)),
    ];
    alerts.notifyAbout(stations.flatMap(({ alarms }) => alarms));
    new MonthlyBudget(this, 'MonthlyBudget', config, alerts.topic);
    if (config.dashboard) new OrdersDashboard(this, 'Dashboard', config, stations);
    new SavedQueries(this, 'SavedQueries', config, [api, worker, streamRelay]);
  }
}
