import { readEndpoints } from './endpoints.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const read =
  (entries: unknown, allowLoopback = false) =>
  () =>
    readEndpoints(JSON.stringify(entries), allowLoopback);

describe('readEndpoints', () => {
  it('reads endpoints, and gives each the same id every time', () => {
    const entries = [
      { url: 'https://shop.example.com/hooks?token=1', secret },
      { url: 'https://shop.example.com/hooks?token=1', secret, customerId: 'cust-1', eventTypes: ['shipped'] },
    ];
    const endpoints = read(entries)();
    expect(endpoints).toMatchObject([{ key: Buffer.alloc(32, 7) }, { customerId: 'cust-1', eventTypes: ['shipped'] }]);
    expect(read(entries.toReversed())().map(({ id }) => id)).toEqual(endpoints.map(({ id }) => id).toReversed());
    expect(new Set(endpoints.map(({ id }) => id)).size).toBe(2);
  });

  it('reports every error of every endpoint, and no value of the file', () => {
    const url = 'https://shop.example.com/s3cret';
    const entries = [
      { url: 'http://shop.example.com/s3cret', secret: 'whsec_s3cret' },
      { url: 'https://169.254.169.254/s3cret', secret, customerID: 's3cret' },
      { url: 'https://s3cret:s3cret@shop.example.com/', secret, eventTypes: ['s3cret'] },
      { url: 'https://[::ffff:10.0.0.1]/', secret: 's3cret', customerId: '', eventTypes: [] },
      's3cret',
      null,
      { url, secret },
      { url, secret },
    ];
    const errors = errorsOf(read(entries));
    expect(errors).toEqual([
      'endpoint 1: url must be an https URL of a public host, without user and password',
      'endpoint 1: secret must be whsec_ and 24 to 64 bytes in base64',
      'endpoint 2: must have only the fields url, secret, customerId, eventTypes',
      'endpoint 2: url must be an https URL of a public host, without user and password',
      'endpoint 3: url must be an https URL of a public host, without user and password',
      'endpoint 3: eventTypes must list names of events, such as shipped',
      'endpoint 4: url must be an https URL of a public host, without user and password',
      'endpoint 4: secret must be whsec_ and 24 to 64 bytes in base64',
      'endpoint 4: customerId must be text',
      'endpoint 4: eventTypes must list names of events, such as shipped',
      'endpoint 5: must have only the fields url, secret, customerId, eventTypes',
      'endpoint 5: url must be an https URL of a public host, without user and password',
      'endpoint 5: secret must be whsec_ and 24 to 64 bytes in base64',
      'endpoint 6: url must be an https URL of a public host, without user and password',
      'endpoint 6: secret must be whsec_ and 24 to 64 bytes in base64',
      'two endpoints have the same url and customerId',
    ]);
    expect(errors.join()).not.toContain('s3cret');
  });

  it('quotes nothing of a file that is not JSON, or no list', () => {
    for (const text of [`[{"secret": "${secret}", }]`, `{"secret": "${secret}"}`, ''])
      expect(errorsOf(() => readEndpoints(text, false))).toEqual(['must name a file with a JSON list of endpoints']);
  });

  it('accepts http only with the variable for loopback, and there only loopback', () => {
    const of = (url: string) => read([{ url, secret }], true);
    expect(of('http://127.0.0.1:4000/')()).toHaveLength(1);
    expect(of('http://10.0.0.1/')).toThrow('endpoint 1: url');
    expect(read([{ url: 'http://127.0.0.1:4000/', secret }])).toThrow('endpoint 1: url');
  });
});

function errorsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^WEBHOOK_ENDPOINTS:? /, ''));
  }
}
