import { join } from 'node:path';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { Construct } from 'constructs';
import type { ServiceName } from '../config.ts';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * A target of the Dockerfile, built when it is deployed. Its tag is a digest of what it is built of, so an unchanged
 * checkout deploys nothing, a rollback finds its image, and no tag has to be handed from a pipeline to a stack. It lies in
 * the repository that `cdk bootstrap` makes: immutable tags, scanned on push.
 */
export class WorkloadImage extends DockerImageAsset {
  constructor(scope: Construct, id: string, name: ServiceName) {
    super(scope, id, { directory: ROOT, target: name, platform: Platform.LINUX_ARM64, assetName: name });
  }
}
