import type { StageConfig } from '../lib/config.ts';
import { stages } from '../lib/stages.ts';
import { goldenTemplate } from './golden-templates.ts';
import { synthesize } from './synthesized.ts';

const restoredOrdersStreamArn =
  'arn:aws:dynamodb:eu-west-1:123456789012:table/fargate-orders-production-orders/stream/2030-01-01T00:00:00.000';

describe('a stage whose orders table was restored', () => {
  const templates = synthesize({ ...(stages['production'] as StageConfig), restoredOrdersStreamArn });

  it('has a relay that reads the stream of the restored table and may read no other', () => {
    const services = JSON.stringify(templates['services']);
    expect(services).toContain(`{"Name":"ORDERS_STREAM_ARN","Value":"${restoredOrdersStreamArn}"}`);
    expect(services).toContain(`"Resource":"${restoredOrdersStreamArn}","Sid":"ReadStream"`);
    expect(services).not.toContain('StreamArnE8647DC2');
  });

  it('keeps its data stack unchanged, which running services still import', () => {
    expect(templates['data']).toEqual(goldenTemplate('data'));
  });
});
