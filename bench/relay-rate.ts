import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { appEnvironments } from '../local/apps.ts';
import { startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { end, startApp } from './measured-process.ts';
import { measureTask, type TaskRate } from './task-rate.ts';

const STUB = join(import.meta.dirname, 'stub/stream-stub.ts');
const ITEMS = 2_000;

/** One stream relay against a stub of AWS that answers each call after 5 ms; its leases are in a real table. */
export async function relayRate(records: number): Promise<TaskRate> {
  const [AWS_PORT = 0, DYNAMODB_PORT = 0, RELAY_PORT = 0] = await freePorts(3);
  const ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT, RELAY_PORT };
  const aws = await startLocalAws({ ports });
  const stub = fork(STUB, {
    execArgv: ['--conditions=source'],
    env: {
      ...process.env,
      STUB_RECORDS: String(records),
      STUB_ITEMS: String(ITEMS),
      STUB_DYNAMODB: aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
    },
  });
  const [port] = (await once(stub, 'message')) as [number];
  const endpoint = `http://127.0.0.1:${port}`;
  const relay = startApp('stream-relay', {
    ...aws.env,
    ...appEnvironments(ports, aws.resources, {} as never)['stream-relay'],
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
    AWS_ENDPOINT_URL_SNS: endpoint,
  });
  try {
    return await measureTask(relay, port, records);
  } finally {
    await end(relay);
    await end(stub);
    await aws.stop();
  }
}
