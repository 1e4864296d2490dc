import type { StageConfig } from './config.ts';
import { deployFault } from './placeholders.ts';
import { stages } from './stages.ts';

const production = stages['production'] as StageConfig;

const own: StageConfig = {
  ...production,
  shopUrls: ['https://shop.soap.shop/'],
  events: { ...production.events, typePrefix: 'shop.soap.orders' },
  seller: { name: 'Soap AG', address: ['2 Soap Rd', '10115 Berlin', 'DE'], vatId: 'DE987654321' },
  repositoryUrl: 'https://github.com/soap/fargate-orders/blob/main',
  alertEmail: 'ops@soap.shop',
};

describe('a deployment', () => {
  it("is refused to a stage that keeps its data, while it has this repository's examples", () => {
    expect(deployFault(production)).toBe(
      'stage production keeps its data and still has examples in infra/lib/stages.ts: ' +
        'alertEmail, repositoryUrl, shopUrls, events.typePrefix, seller',
    );
  });

  it("is let pass with a shop's own, each of which matters", () => {
    expect(deployFault(own)).toBeUndefined();
    expect(deployFault({ ...own, alertEmail: 'ops@example.com' })).toMatch(/: alertEmail$/);
    expect(deployFault({ ...own, seller: production.seller })).toMatch(/: seller$/);
  });

  it('of a stage that may lose its data takes the examples', () => {
    expect(deployFault(stages['dev'] as StageConfig)).toBeUndefined();
  });
});
