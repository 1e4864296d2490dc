import { EmbeddedAws } from '../../../test/harness/embedded-aws.ts';
import { RefusedCommandTable } from './refused-command-table.ts';

describe('RefusedCommandTable', () => {
  let aws: EmbeddedAws;
  let table: RefusedCommandTable;

  beforeAll(async () => {
    aws = await EmbeddedAws.start();
    table = new RefusedCommandTable(aws.dynamodb, aws.resources.commandOutcomesTableName);
  });

  afterAll(() => aws.stop());

  it('keeps the refusal of the latest command, whichever is handled last', async () => {
    const refusal = { code: 'NOT_FOUND', detail: 'd' } as const;
    const of = (second: number) => ({
      commandId: 'command-3',
      orderId: 'order-1',
      refusal,
      receivedAt: `2026-01-01T00:00:0${second}.000Z`,
      refusedAt: '2026-01-01T00:00:09.000Z',
    });
    await table.record(of(2));
    await table.record(of(1));
    expect(await table.find('command-3')).toMatchObject(of(2));
    await table.record(of(3));
    expect(await table.find('command-3')).toMatchObject(of(3));
  });

  it('keeps a refusal for 30 days', async () => {
    const refusal = { code: 'NOT_POSSIBLE', detail: 'd', status: 'SHIPPED', version: 3, allowedCommands: [] } as const;
    const refused = {
      commandId: 'command-1',
      orderId: 'order-1',
      refusal: { ...refusal, allowedCommands: [] },
      receivedAt: '2025-12-31T23:59:59.000Z',
      refusedAt: '2026-01-01T00:00:00.000Z',
    };
    await table.record(refused);
    const expiresAt = Date.parse('2026-01-31T00:00:00.000Z') / 1_000;
    expect(await table.find('command-1')).toEqual({ ...refused, expiresAt });
    expect(await table.find('command-2')).toBeUndefined();
  });
});
