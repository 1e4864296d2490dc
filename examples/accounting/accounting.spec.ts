import { readOrderEvent } from '#libs/order-events';
import { SqlitePool } from '../consumer/sqlite-pool.ts';
import { exampleBody, SubscriberRun } from '../testing/subscriber-run.ts';
import { entriesOf, SCHEMA } from './journal.ts';

describe('the entry of a document', () => {
  it('debits what the customer owes for an invoice, and credits it for a credit note', () => {
    const entries = entriesOf(readOrderEvent(exampleBody('return_closed')));
    expect(entries.map(({ amounts }) => amounts)).toMatchObject([
      { receivables: 3088, sales: -2598, shipping: -490 },
      { receivables: -1299, sales: 1299 },
    ]);
  });

  it('is refused if its debits and credits differ', () => {
    const received = readOrderEvent(exampleBody('confirmed'));
    const order = { ...received.order, total: received.order.total + 1 };
    expect(() => entriesOf({ ...received, order } as typeof received)).toThrow('does not balance');
  });
});

describe('accounting', () => {
  let run: SubscriberRun;

  beforeAll(async () => {
    run = await SubscriberRun.start('accounting');
  });

  afterAll(() => run[Symbol.asyncDispose]());

  it('says which variable is missing, and ends', async () => {
    expect(await run.failedStart({ DATABASE: '' })).toEqual({
      exit: 'exited with code 1',
      reason: 'DATABASE must be set: see the README in this folder',
    });
  });

  it('posts each document once, in balance, whatever is repeated, late, out of order or killed', async () => {
    await run.begin();
    const orders = (await run.chaos(100)).map(({ order }) => order);
    const { rows } = reader(run.database);
    const documents = orders.flatMap(({ invoice, creditNotes }) => [
      ...(invoice ? [invoice.invoiceNumber] : []),
      ...creditNotes.map(({ creditNoteNumber }) => creditNoteNumber),
    ]);
    expect(rows('SELECT document FROM entries ORDER BY 1').map(({ document }) => document)).toEqual(documents.sort());
    const unbalanced = 'SELECT document FROM postings GROUP BY document HAVING sum(debit) <> sum(credit)';
    expect(rows(unbalanced)).toEqual([]);
    const invoiced = orders.reduce((sum, { invoice, total }) => sum + (invoice ? total : 0), 0);
    const credited = orders.flatMap(({ creditNotes }) => creditNotes).reduce((sum, { total }) => sum + total, 0);
    expect(rows("SELECT debit, credit, balance FROM ledger WHERE account = 'receivables'")).toEqual([
      { debit: invoiced, credit: credited, balance: invoiced - credited },
    ]);
  });

  it('ends on SIGTERM', async () => {
    expect(await run.stop()).toBe('exited with code 0');
    expect(run.logs.lines.at(-1)?.event).toBe('service_stopped');
  });

  function reader(file: string) {
    const pool = new SqlitePool(file, SCHEMA);
    return { rows: (sql: string) => pool.rows(sql) };
  }
});
