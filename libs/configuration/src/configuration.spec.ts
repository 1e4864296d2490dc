import {
  AmountsByCurrency,
  HttpUrl,
  Names,
  Origins,
  Port,
  Secrets,
  ServiceConfig,
  TimeZone,
} from './configuration-fields.ts';
import { configurationVariables, loadConfiguration } from './configuration.ts';

class ShopConfig extends ServiceConfig {
  @Port()
  SHOP_PORT = 3000;

  @HttpUrl()
  SHOP_URL!: string;

  @Secrets(8)
  SHOP_KEYS!: string[];

  @Names()
  SHOP_CLIENTS!: string[];

  @TimeZone()
  SHOP_TIME_ZONE!: string;
  @AmountsByCurrency()
  SHOP_LIMITS: Record<string, number> = { EUR: 100 };

  @Origins()
  SHOP_PAGES: string[] = [];
}

const environment = {
  SHOP_URL: 'http://localhost:4566/q',
  SHOP_KEYS: 'first-key,second-key',
  SHOP_CLIENTS: 'page,till',
  SHOP_TIME_ZONE: 'Europe/Berlin',
  AWS_REGION: 'eu-west-1',
  PATH: '/bin',
};

describe('loadConfiguration', () => {
  it('reads variables, falls back to defaults and leaves out what is not declared', () => {
    const config = loadConfiguration(ShopConfig, { ...environment, SHOP_PORT: '8080' });
    expect({ ...config }).toEqual({
      SHOP_PORT: 8080,
      SHOP_URL: environment.SHOP_URL,
      SHOP_KEYS: ['first-key', 'second-key'],
      SHOP_TIME_ZONE: 'Europe/Berlin',
      SHOP_CLIENTS: ['page', 'till'],
      SHOP_LIMITS: { EUR: 100 },
      SHOP_PAGES: [],
      AWS_REGION: 'eu-west-1',
      LISTEN_ADDRESS: '127.0.0.1',
      LOG_LEVEL: 'info',
      LOG_PRETTY: 0,
      METRICS: 'off',
      METRICS_NAMESPACE: 'fargate-orders',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_TRACES_SAMPLER_ARG: 1,
    });
  });

  it('names every error by variable and rule, and no value', () => {
    const faulty = {
      SHOP_PORT: 'eighty',
      SHOP_KEYS: 'hush',
      SHOP_CLIENTS: 'page,',
      SHOP_URL: '',
      SHOP_TIME_ZONE: 'CEST',
      LOG_LEVEL: 'loud',
    };
    const load = () => loadConfiguration(ShopConfig, faulty);
    expect(load).toThrow(/SHOP_PORT: .*integer/);
    expect(load).toThrow(/SHOP_KEYS: .*8 characters/);
    expect(load).toThrow(/SHOP_CLIENTS: .*longer than/);
    expect(load).toThrow(/SHOP_URL is missing/);
    expect(load).toThrow(/SHOP_TIME_ZONE: .*IANA name/);
    expect(load).toThrow(/LOG_LEVEL: .*one of/);
    expect(load).not.toThrow(/hush|eighty|loud/);
  });

  it.each(['https://shop.example.com', 'http://localhost:8080', 'https://a.example.com,https://b.example.com'])(
    'takes the origins %s',
    (origins) => {
      const { SHOP_PAGES } = loadConfiguration(ShopConfig, { ...environment, SHOP_PAGES: origins });
      expect(SHOP_PAGES).toEqual(origins.split(','));
    },
  );

  it.each([
    '*',
    'null',
    'shop.example.com',
    'https://shop.example.com/',
    'https://shop.example.com:443',
    'https://Shop.example.com',
    'ftp://shop.example.com',
    'https://a.example.com, https://b.example.com',
  ])('refuses %j as origins, as no browser would name one so', (origins) => {
    const load = () => loadConfiguration(ShopConfig, { ...environment, SHOP_PAGES: origins });
    expect(load).toThrow(/SHOP_PAGES: each must be an origin/);
  });

  it('takes amounts by currency', () => {
    const { SHOP_LIMITS } = loadConfiguration(ShopConfig, { ...environment, SHOP_LIMITS: 'EUR:1000000,XCG:0' });
    expect(SHOP_LIMITS).toEqual({ EUR: 1_000_000, XCG: 0 });
  });

  it.each(['1000000', 'EUR', 'EUR:', 'EUR:-1', 'EUR:1.5', 'EUR:1,EUR:2', 'EUR:1,', 'XXX:1', 'eur:1', 'EUR:1, JPY:1'])(
    'refuses %j as amounts by currency',
    (limits) => {
      const load = () => loadConfiguration(ShopConfig, { ...environment, SHOP_LIMITS: limits });
      expect(load).toThrow(/SHOP_LIMITS: must be whole amounts in minor units, one for each currency/);
    },
  );

  it('lists the variables that a class reads', () => {
    expect(configurationVariables(ShopConfig).sort()).toEqual([
      'AWS_REGION',
      'LISTEN_ADDRESS',
      'LOG_LEVEL',
      'LOG_PRETTY',
      'METRICS',
      'METRICS_NAMESPACE',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_TRACES_EXPORTER',
      'OTEL_TRACES_SAMPLER_ARG',
      'SHOP_CLIENTS',
      'SHOP_KEYS',
      'SHOP_LIMITS',
      'SHOP_PAGES',
      'SHOP_PORT',
      'SHOP_TIME_ZONE',
      'SHOP_URL',
    ]);
  });
});
