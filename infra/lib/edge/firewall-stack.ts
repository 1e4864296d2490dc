import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { Firewall } from './firewall.ts';

/** Where CloudFront looks for a web ACL, whatever the region of the stage. */
export const FIREWALL_REGION = 'us-east-1';

export interface FirewallStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What the edge refuses. A stack of its own, as it stands in us-east-1. */
export class FirewallStack extends Stack {
  readonly firewall: Firewall;

  constructor(scope: Construct, id: string, { config, env, ...props }: FirewallStackProps) {
    super(scope, id, { ...props, env: { ...env, region: FIREWALL_REGION } });
    this.firewall = new Firewall(this, 'Firewall', config);
  }
}
