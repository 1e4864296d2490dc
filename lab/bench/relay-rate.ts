import type { ChildProcess } from 'node:child_process';
import { appEnvironments } from '../../local/apps.ts';
import { startLocalAws } from '../../local/aws/local-aws.ts';
import { defaultPorts } from '../../local/ports.ts';
import { freePorts } from '../../local/taken-ports.ts';
import { end, startApp, startPeer } from './measured-process.ts';
import { startStub, type StubProcess } from './stub-process.ts';
import { measureTask, type TaskRate } from './task-rate.ts';

const ITEMS = 2_000;

type Whose = 'ours' | 'peer';
type Follow<Result> = (relay: ChildProcess, stub: StubProcess) => Promise<Result>;

/** What one stream relay needs for a record, ours or the peer. */
export function relayRate(records: number, whose: Whose = 'ours'): Promise<TaskRate> {
  return withRelay(records, whose, (relay, stub) => measureTask(relay, stub, records));
}

export function relayUnderLoad(records: number, follow: Follow<void>): Promise<void> {
  return withRelay(records, 'ours', follow);
}

/** Against a stub of AWS that answers each call after 5 ms; our leases are in a real table. */
async function withRelay<Result>(records: number, whose: Whose, follow: Follow<Result>): Promise<Result> {
  const [AWS_PORT = 0, DYNAMODB_PORT = 0, RELAY_PORT = 0] = await freePorts(3);
  const ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT, RELAY_PORT };
  const aws = await startLocalAws({ ports });
  const stub = await startStub('stream', {
    STUB_RECORDS: String(records),
    STUB_ITEMS: String(ITEMS),
    STUB_DYNAMODB: aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
  });
  const env = {
    ...aws.env,
    ...appEnvironments(ports, aws.resources, {} as never)['stream-relay'],
    AWS_ENDPOINT_URL_DYNAMODB: stub.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: stub.endpoint,
    AWS_ENDPOINT_URL_SNS: stub.endpoint,
  };
  const relay = whose === 'ours' ? startApp('stream-relay', env) : startPeer('relay', env);
  try {
    return await follow(relay, stub);
  } finally {
    await end(relay);
    await end(stub.process);
    await aws.stop();
  }
}
