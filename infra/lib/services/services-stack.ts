import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster, Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { prefixOf, type StageConfig, type TokenIssuer } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { ServiceScaling } from '../scaling/service-scaling.ts';
import { Api } from './api.ts';
import { StreamRelay } from './stream-relay.ts';
import { Worker } from './worker.ts';

export interface ServicesStackProps extends StackProps {
  readonly config: StageConfig;
  readonly vpc: Vpc;
  readonly data: DataStack;
  readonly tokenIssuer: TokenIssuer;
}

/** The three services and the load balancer before the first. */
export class ServicesStack extends Stack {
  readonly cluster: Cluster;
  readonly api: Api;
  readonly worker: Worker;
  readonly streamRelay: StreamRelay;

  constructor(scope: Construct, id: string, { config, vpc, data, tokenIssuer, ...props }: ServicesStackProps) {
    super(scope, id, props);
    this.cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: prefixOf(config),
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    // On the cluster itself: from a resource of their own, as CDK has them, the worker could come before they are there.
    (this.cluster.node.defaultChild as CfnCluster).capacityProviders = ['FARGATE', 'FARGATE_SPOT'];
    acknowledge(
      this.cluster,
      'ECS4',
      'The services tell what matters themselves; Container Insights costs for each metric',
    );
    const surroundings = { config, vpc, cluster: this.cluster, data };
    this.api = new Api(this, 'Api', { ...surroundings, tokenIssuer });
    this.worker = new Worker(this, 'Worker', surroundings);
    this.streamRelay = new StreamRelay(this, 'StreamRelay', surroundings);
    const { loadBalancer, targetGroup } = this.api.entrance;
    const requestsLabel = `${loadBalancer.loadBalancerFullName}/${targetGroup.targetGroupFullName}`;
    for (const service of [this.api, this.worker, this.streamRelay]) {
      new ServiceScaling(service, 'Scaling', { config, service, ordersQueue: data.orders.queue, requestsLabel });
    }
  }
}
