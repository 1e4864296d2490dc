import type { Results } from './results-file.ts';
import { growthOf, type Soak } from './soak.ts';

/** A figure that is to be reached. */
export interface Target {
  name: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

/** Of what was measured. */
export function targetsOf({ intake, worker, relay, awsCallsPerOrder }: Results): Target[] {
  return [
    ...(intake
      ? [
          { name: 'intake: CPU of the peer / of ours', value: intake.vsPeer, atLeast: 5 },
          { name: 'intake: CPU of the limit / of ours', value: intake.vsLimit, atLeast: 0.7 },
          { name: 'intake: p99 at low load over the peer, ms', value: intake.lowLoadP99OverPeerMs, atMost: 2 },
        ]
      : []),
    ...(worker ? [{ name: 'worker: CPU of the peer / of ours', value: worker.vsPeer, atLeast: 4 }] : []),
    ...(relay ? [{ name: 'relay: CPU of the peer / of ours', value: relay.vsPeer, atLeast: 8 }] : []),
    ...(awsCallsPerOrder === undefined
      ? []
      : [{ name: 'AWS calls an order, request to event', value: awsCallsPerOrder, atMost: 0.5 }]),
  ];
}

/** Of a soak that went on long enough. */
export function soakTargetsOf(services: readonly Soak[]): Target[] {
  return services.flatMap((service) => {
    const value = growthOf(service);
    return value === undefined ? [] : [{ name: `${service.name}: RSS at the end / at 100,000`, value, atMost: 1.1 }];
  });
}
