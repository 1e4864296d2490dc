import { once } from 'node:events';
import { createServer } from 'node:net';
import { defaultPorts } from './ports.ts';
import { freePorts, takenPorts } from './taken-ports.ts';

describe('takenPorts', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('names the variable of a port that is taken on %s', async (host) => {
    const [API_PORT, WORKER_PORT] = (await freePorts(2)) as [number, number];
    const other = createServer().listen(WORKER_PORT, host);
    await once(other, 'listening');

    const errors = await takenPorts({ ...defaultPorts, API_PORT, WORKER_PORT }, ['API_PORT', 'WORKER_PORT']);

    other.close();
    expect(errors).toEqual([
      `port ${WORKER_PORT} is taken: set WORKER_PORT to another one, or stop what listens there`,
    ]);
  });
});
