/** The required variables of the api, with valid values. */
export const API_ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  ORDERS_QUEUE_URL: 'http://localhost/orders',
  ORDERS_TABLE: 'orders',
  COMMAND_OUTCOMES_TABLE: 'command-outcomes',
  ORDER_BATCHES_TABLE: 'order-batches',
  ORDER_ID_KEYS: 'k'.repeat(32),
  PRICING: 'trusted',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'orders-api',
  AUTH_JWKS_URL: 'https://issuer.example/jwks',
  SELLER_TIME_ZONE: 'Europe/Berlin',
};
