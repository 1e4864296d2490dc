import { operationsLogTable } from '#libs/resources';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { recordAct } from './operations-log.ts';

const ACT = { tool: 'dlq', act: 'redrive', by: 'ada', why: 'a test', details: { queue: 'orders-dlq' } };

describe('the operations log', () => {
  let aws: LocalAws;
  let environment: Environment;

  beforeEach(async () => {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    environment = openEnvironment(undefined, { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) });
  });

  afterEach(async () => {
    environment.destroy();
    await aws.stop();
  });

  it('lets no act begin that it cannot log, and prints what came of an act whose end it cannot log', async () => {
    const lines: { event: string; error?: string }[] = [];
    const print = (line: string) => void lines.push(JSON.parse(line) as { event: string });
    const work = async () => {
      await environment.dynamodb.deleteTable({ TableName: operationsLogTable.name });
      return 'DONE';
    };
    expect(await recordAct(environment, ACT, work, () => ({ moved: 1 }), print)).toBe('DONE');
    expect(lines).toMatchObject([
      { event: 'repair_begun' },
      { event: 'repair_ended', outcome: 'DONE', counts: { moved: 1 } },
      { event: 'repair_end_not_logged', error: expect.any(String) },
    ]);
    const unlogged = recordAct(environment, ACT, () => Promise.reject(new Error('began')), Object, print);
    await expect(unlogged).rejects.toThrow('cannot reach the table operations-log');
  });
});
