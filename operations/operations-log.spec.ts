import { operationsLogTable } from '#libs/resources';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { listOperations, logOperation } from './operations-log.ts';

const OPERATION = { tool: 'dlq', operation: 'redrive', by: 'ada', why: 'a test', details: { queue: 'orders-dlq' } };

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

  it('says why an operation failed', async () => {
    const work = () => Promise.reject(new Error('the order was changed meanwhile'));
    const failed = logOperation(environment, OPERATION, work, Object, () => undefined);
    await expect(failed).rejects.toThrow('the order was changed meanwhile');
    expect(await listOperations(environment, 10)).toMatchObject([
      { outcome: 'FAILED', failure: 'the order was changed meanwhile' },
    ]);
  });

  it('starts no operation that it cannot log, and prints the outcome of an operation whose end it cannot log', async () => {
    const lines: { event: string; error?: string }[] = [];
    const print = (line: string) => void lines.push(JSON.parse(line) as { event: string });
    const work = async () => {
      await environment.dynamodb.deleteTable({ TableName: operationsLogTable.name });
      return 'DONE';
    };
    expect(await logOperation(environment, OPERATION, work, () => ({ moved: 1 }), print)).toBe('DONE');
    expect(lines).toMatchObject([
      { event: 'operation_started' },
      { event: 'operation_ended', outcome: 'DONE', counts: { moved: 1 } },
      { event: 'operation_end_not_logged', error: expect.any(String) },
    ]);
    const unlogged = logOperation(environment, OPERATION, () => Promise.reject(new Error('started')), Object, print);
    await expect(unlogged).rejects.toThrow('cannot reach the table operations-log');
  });
});
