import type { StageConfig } from '../config.ts';
import { frontDoorMetrics } from './front-door-metrics.ts';
import { graph, type Station } from './station.ts';

/** The way in from the internet. Its alarms stand in us-east-1, in a stack of their own. */
export class FrontDoorStation implements Station {
  readonly title = 'Front door: CloudFront and firewall';
  readonly telling = [];
  readonly silent = [];
  readonly graphs;

  constructor(config: StageConfig, distributionId: string) {
    const { requests, failed, passed, blocked } = frontDoorMetrics(config, distributionId);
    this.graphs = [
      graph('Requests; 5xx, per cent', { left: [requests], right: [failed] }),
      graph('Passed; blocked by the firewall', { left: [passed], right: [blocked] }),
    ];
  }
}
