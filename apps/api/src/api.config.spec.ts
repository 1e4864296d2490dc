import { ConfigurationError, loadConfiguration } from '#libs/configuration';
import { ApiConfig } from './api.config.ts';
import { API_ENVIRONMENT as required } from './testing/api-environment.ts';

const staff = {
  AUTH_STAFF_ISSUER: 'https://staff.example',
  AUTH_STAFF_AUDIENCE: 'desk,warehouse',
  AUTH_STAFF_JWKS_URL: 'https://staff.example/jwks',
};

function errorsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfiguration(ApiConfig, { ...required, ...environment });
  } catch (error) {
    return (error as ConfigurationError).errors;
  }
  return [];
}

describe('the issuer for staff', () => {
  it('is configured with all three variables or none', () => {
    expect([...errorsOf({}), ...errorsOf(staff)]).toEqual([]);
    for (const [name, value] of Object.entries(staff)) {
      const missing = Object.keys(staff).filter((other) => other !== name);
      expect(errorsOf({ [name]: value }).map((error) => error.split(' ')[0])).toEqual(missing);
    }
  });

  it('is another than the issuer for customers', () => {
    const errors = errorsOf({ ...staff, AUTH_STAFF_ISSUER: required.AUTH_ISSUER });
    expect(errors).toEqual(['AUTH_STAFF_ISSUER: must be another issuer than AUTH_ISSUER']);
  });
});

describe('the pricing', () => {
  it('is required, and has the keys of the shop with `quote` only', () => {
    expect(errorsOf({ PRICING: 'free' })).toEqual([expect.stringMatching(/^PRICING: .*trusted, quote, open/)]);
    expect(errorsOf({ PRICING: '' })).toEqual([expect.stringMatching(/^PRICING is missing/)]);
    expect(errorsOf({ PRICING: 'quote' })).toEqual([expect.stringMatching(/^PRICING_JWKS_URL is missing/)]);
    expect(errorsOf({ PRICING: 'quote', PRICING_JWKS_URL: 'https://shop.example/keys' })).toEqual([]);
  });
});
