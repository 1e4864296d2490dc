import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { operationsLogTable } from '#libs/resources';
import { type LocalAws, startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';
import { AuditLog } from './audit-log.ts';
import { openTarget, type Target } from './target.ts';

const ACT = { tool: 'dlq', act: 'redrive', by: 'ada', why: 'a test', details: { queue: 'orders-dlq' } };

describe('the log of repairs', () => {
  let aws: LocalAws;
  let target: Target;

  beforeEach(async () => {
    const [AWS_PORT = 0, DYNAMODB_PORT = 0] = await freePorts(2);
    aws = await startLocalAws({ ports: { ...defaultPorts, AWS_PORT, DYNAMODB_PORT } });
    target = openTarget(undefined, { AWS_PORT: String(AWS_PORT), DYNAMODB_PORT: String(DYNAMODB_PORT) });
  });

  afterEach(async () => {
    target.destroy();
    await aws.stop();
  });

  it('lets no act begin that it can not log, and what an act came to be told when it can not log its end', async () => {
    const lines: { event: string; error?: string }[] = [];
    const log = new AuditLog(target, (line) => lines.push(JSON.parse(line) as { event: string }));
    const act = await log.begin(ACT);
    await target.dynamodb.send(new DeleteTableCommand({ TableName: operationsLogTable.name }));

    await act.end('DONE', { moved: 1 });
    expect(lines).toMatchObject([
      { event: 'repair_begun' },
      { event: 'repair_ended', outcome: 'DONE', counts: { moved: 1 } },
      { event: 'repair_end_not_logged', error: expect.any(String) },
    ]);
    await expect(log.begin(ACT)).rejects.toThrow('can not reach the table operations-log');
  });
});
