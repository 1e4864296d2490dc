import { once } from 'node:events';
import { marshall } from '@aws-sdk/util-dynamodb';
import { placeOrder } from '#libs/orders';
import { eventConsumerNames } from '#libs/resources';
import { aPlaceOrderCommand, shopRules } from '../libs/orders/src/testing/order-factory.ts';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { type Environment, openEnvironment } from './environment.ts';
import type { ReplayResult } from './replay/event-replay.ts';
import { ended, runTool, startTool } from './testing/tool-run.ts';

/** The scan reads more than three pages. */
const ORDERS = 1_525;

describe('npm run relay:replay', () => {
  let aws: LocalAws;
  let environment: Environment;
  let env: Record<string, string>;

  beforeAll(async () => {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    env = { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) };
    aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    environment = openEnvironment(undefined, env);
    for (let count = 0; count < ORDERS; count += 25) await putOrders(25);
  });

  afterAll(async () => {
    environment.destroy();
    await aws.stop();
  });

  async function putOrders(count: number): Promise<void> {
    const requests = Array.from({ length: count }, () => {
      const command = aPlaceOrderCommand();
      const order = placeOrder(command, shopRules(), command.receivedAt);
      return { PutRequest: { Item: marshall(order, { removeUndefinedValues: true }) } };
    });
    const RequestItems = { [aws.resources.ordersTableName]: requests };
    await environment.dynamodb.batchWriteItem({ RequestItems });
  }

  it('ends at once when it is interrupted while it scans orders without an event of the window', async () => {
    const typed = ['--to', 'all', '--from', '2010-01-01', '--until', '2010-01-02', '--dry-run', '--json'];
    // At this rate a page takes minutes.
    const scanning = startTool('replay.ts', env, [...typed, '--read-rate', '0.5']);
    await once(scanning.stderr!, 'data');
    scanning.kill('SIGINT');
    const { code, out } = await ended(scanning);
    const result = JSON.parse(out) as ReplayResult;
    expect({ code, stoppedBy: result.stoppedBy }).toEqual({ code: 130, stoppedBy: 'a signal' });
    expect(result.cursor).toBeDefined();
    expect(result.read).toBeLessThan(ORDERS);
  });

  it('prints its usage', async () => {
    expect(await runTool('replay.ts', env, '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`--to ${eventConsumerNames.join('|')}|all`),
    });
  });
});
