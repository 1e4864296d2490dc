import { portPrefix, readPorts } from './ports.ts';

describe('readPorts', () => {
  it('takes the defaults where nothing is set', () => {
    const { ports, errors } = readPorts({ API_PORT: '' });
    expect(errors).toEqual([]);
    expect(ports).toEqual({
      API_PORT: 3000,
      WORKER_PORT: 3001,
      RELAY_PORT: 3002,
      AUTH_PORT: 3003,
      CONSOLE_PORT: 3004,
      AWS_PORT: 4566,
      DYNAMODB_PORT: 8000,
    });
  });

  it('lists every error by its variable', () => {
    const { errors } = readPorts({ API_PORT: 'http', WORKER_PORT: '65536', RELAY_PORT: '0', AWS_PORT: '3003' });
    expect(errors).toEqual([
      'API_PORT must be a port number from 1 to 65535',
      'WORKER_PORT must be a port number from 1 to 65535',
      'RELAY_PORT must be a port number from 1 to 65535',
      'AUTH_PORT and AWS_PORT are the same port 3003: each needs its own',
    ]);
  });
});

describe('portPrefix', () => {
  it('contains the ports that are not the default', () => {
    const { ports } = readPorts({ AUTH_PORT: '4003' });
    expect(portPrefix(ports, ['AUTH_PORT', 'AWS_PORT'])).toBe('AUTH_PORT=4003 ');
  });
});
