import type { ShopRules } from '#libs/orders';
import type { WorkerConfig } from './worker.config.ts';

/** Injects what the worker decides by. */
export const SHOP_RULES = Symbol('shop rules');

export function shopRulesOf(config: WorkerConfig): ShopRules {
  const { WHOLESALE_APPROVAL_LIMIT, SELLER_NAME, SELLER_ADDRESS, SELLER_VAT_ID } = config;
  return {
    wholesaleApprovalLimit: WHOLESALE_APPROVAL_LIMIT,
    seller: { name: SELLER_NAME, address: SELLER_ADDRESS, vatId: SELLER_VAT_ID },
  };
}
