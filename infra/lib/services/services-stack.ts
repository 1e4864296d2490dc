import { Stack } from 'aws-cdk-lib/core';
import { CfnCluster, Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageStackProps, type TokenIssuer } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { AlertsTopic } from '../observability/alerts.ts';
import { existingNetwork, type Network } from '../network/network-stack.ts';
import { ServiceScaling } from '../scaling/service-scaling.ts';
import { Api } from './api.ts';
import { StreamRelay } from './stream-relay.ts';
import { Worker } from './worker.ts';

export interface ServicesStackProps extends StageStackProps {
  /** Undefined if the configuration names an existing VPC. */
  readonly network: Network | undefined;
  readonly data: DataStack;
  readonly tokenIssuer: TokenIssuer;
}

/** The three services, and the load balancer in front of the api. */
export class ServicesStack extends Stack {
  /** The alarms that roll back a deployment are here, so their topic is, too. */
  readonly alerts: AlertsTopic;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly worker: Worker;
  readonly streamRelay: StreamRelay;

  constructor(scope: Construct, id: string, { config, data, tokenIssuer, ...props }: ServicesStackProps) {
    super(scope, id, props);
    const network = props.network ?? existingNetwork(this, config);
    this.alerts = new AlertsTopic(this, 'Alerts', config);
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      clusterName: prefixOf(config),
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    // Set on the cluster itself: CDK would make a resource of its own, which the worker might be created before.
    (this.cluster.node.defaultChild as CfnCluster).capacityProviders = ['FARGATE', 'FARGATE_SPOT'];
    acknowledge(
      this.cluster,
      'ECS4',
      'The services report what matters themselves; Container Insights costs money for each metric',
    );
    const dependencies = { config, network, cluster: this.cluster, data };
    this.api = new Api(this, 'Api', { ...dependencies, tokenIssuer });
    this.worker = new Worker(this, 'Worker', dependencies);
    this.streamRelay = new StreamRelay(this, 'StreamRelay', dependencies);
    const { loadBalancer, targetGroup } = this.api.entrance;
    const requestsLabel = `${loadBalancer.loadBalancerFullName}/${targetGroup.targetGroupFullName}`;
    for (const service of [this.api, this.worker, this.streamRelay]) {
      new ServiceScaling(service, 'Scaling', { config, service, ordersQueue: data.orders.queue, requestsLabel });
    }
  }
}
