/** Wholesale orders of this price or more await approval, in minor units of EUR. */
export const APPROVAL_LIMIT = 100_000;

/** The origins of pages that may call the api from a browser. */
export const SHOP = 'https://shop.example.com';
export const TILL = 'http://localhost:8080';

/** The environment of the apps of a shared pipeline. */
export const SHARED_ENVIRONMENT = {
  WHOLESALE_APPROVAL_LIMIT: `EUR:${APPROVAL_LIMIT}`,
  UNEXPECTED_RETRY_SECONDS: '1',
  CORS_ORIGINS: `${SHOP},${TILL}`,
};
