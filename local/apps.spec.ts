import { appDefinition, appEnvironments, reportsToConsole } from './apps.ts';
import type { CreatedResources } from './aws/create-resources.ts';
import { defaultPorts } from './ports.ts';

describe('the variables of an app', () => {
  const shell = process.env;
  beforeEach(() => {
    process.env = { ...shell };
  });
  afterEach(() => {
    process.env = shell;
  });

  it('have the seller, keys, quota and limits of the shell', () => {
    const fromShell = {
      SELLER_NAME: 'Soap & Co',
      SELLER_ADDRESS: '2 Foam St|1010 Wien|AT',
      SELLER_VAT_ID: 'ATU12345678',
      SELLER_TIME_ZONE: 'Europe/Vienna',
      WHOLESALE_APPROVAL_LIMIT: 'EUR:500',
    };
    Object.assign(process.env, fromShell, { ORDER_ID_KEYS: 'k'.repeat(32), RATE_LIMIT_REQUESTS: '7' });
    expect(variablesOf('worker')).toMatchObject(fromShell);
    expect(variablesOf('api')).toMatchObject({
      ORDER_ID_KEYS: 'k'.repeat(32),
      RATE_LIMIT_REQUESTS: '7',
      SELLER_TIME_ZONE: 'Europe/Vienna',
    });
  });

  it('have the values of local runs where the shell has none', () => {
    delete process.env['SELLER_NAME'];
    process.env['SELLER_VAT_ID'] = '';
    expect(variablesOf('worker')).toMatchObject({
      SELLER_NAME: 'Cleaning Supplies GmbH',
      SELLER_VAT_ID: 'DE123456789',
      SELLER_TIME_ZONE: 'Europe/Berlin',
    });
  });

  it("have the issuer of the run, whatever the shell's is", () => {
    process.env['AUTH_ISSUER'] = 'https://login.example.com';
    expect(variablesOf('api')).toMatchObject(issuer);
  });
});

describe('the reports of the api', () => {
  it.each(['METRICS', 'OTEL_EXPORTER_OTLP_ENDPOINT'])('go to the console unless the shell has %s', (name) => {
    const { METRICS, OTEL_EXPORTER_OTLP_ENDPOINT, ...shell } = process.env;
    process.env = shell;
    const toConsole = { METRICS: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:3004' };
    expect(reportsToConsole(defaultPorts)).toEqual({ ...toConsole, OTEL_TRACES_EXPORTER: 'none' });
    process.env[name] = 'given';
    expect(reportsToConsole(defaultPorts)).toEqual({});
    process.env = { ...shell, METRICS, OTEL_EXPORTER_OTLP_ENDPOINT };
  });
});

const issuer = {
  AUTH_ISSUER: 'http://127.0.0.1:3003',
  AUTH_AUDIENCE: 'orders-api',
  AUTH_JWKS_URL: 'http://127.0.0.1:3003/keys',
  PRICING_JWKS_URL: 'http://127.0.0.1:3003/pricing-keys',
};

function variablesOf(app: 'api' | 'worker') {
  const env = appEnvironments(defaultPorts, {} as CreatedResources, issuer)[app];
  return appDefinition('main.js', { name: app, write: undefined, env }).env;
}
