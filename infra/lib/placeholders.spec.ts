import type { StageConfig } from './config.ts';
import { deployError } from './placeholders.ts';
import { stages } from './stages.ts';

const production = stages['production'] as StageConfig;

const own: StageConfig = {
  ...production,
  shopUrls: ['https://shop.soap.shop/'],
  staffUrls: ['https://staff.soap.shop/'],
  events: { ...production.events, typePrefix: 'shop.soap.orders' },
  pricing: { mode: 'quote', jwksUrl: 'https://shop.soap.shop/keys' },
  seller: {
    name: 'Soap AG',
    address: ['2 Soap Rd', '10115 Berlin', 'DE'],
    vatId: 'DE987654321',
    timeZone: 'Europe/Berlin',
  },
  repositoryUrl: 'https://github.com/soap/fargate-orders/blob/main',
  alertEmail: 'ops@soap.shop',
};

describe('a deployment', () => {
  it("is refused for a stage that keeps its data and has this repository's examples", () => {
    expect(deployError(production)).toBe(
      'stage production keeps its data and still has examples in infra/lib/stages.ts: ' +
        'alertEmail, repositoryUrl, shopUrls, staffUrls, events.typePrefix, pricing.jwksUrl, seller',
    );
  });

  it("is allowed with a shop's own values, each of which matters", () => {
    expect(deployError(own)).toBeUndefined();
    expect(deployError({ ...own, alertEmail: 'ops@example.com' })).toMatch(/: alertEmail$/);
    expect(deployError({ ...own, pricing: production.pricing })).toMatch(/: pricing.jwksUrl$/);
    expect(deployError({ ...own, seller: production.seller })).toMatch(/: seller$/);
  });

  it('is allowed with the examples for a stage that may lose its data', () => {
    expect(deployError(stages['dev'] as StageConfig)).toBeUndefined();
  });
});
