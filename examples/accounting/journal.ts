import type { ReceivedOrderEvent } from '#libs/order-events';
import type { SqlClient } from '../consumer/sql-store.ts';

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    document text PRIMARY KEY, order_id text NOT NULL, issued_at text NOT NULL, currency text NOT NULL);
  CREATE TABLE IF NOT EXISTS postings (
    document text REFERENCES entries, account text, debit integer NOT NULL, credit integer NOT NULL,
    PRIMARY KEY (document, account));
  CREATE VIEW IF NOT EXISTS ledger AS
    SELECT currency, account, sum(debit) AS debit, sum(credit) AS credit, sum(debit) - sum(credit) AS balance
    FROM postings JOIN entries USING (document) GROUP BY currency, account`;

/** The journal entry of one document. Amounts in minor units of the currency: debits are positive, credits negative. */
export interface Entry {
  document: string;
  issuedAt: string;
  amounts: Record<'receivables' | 'discounts' | 'sales' | 'shipping' | 'vat', number>;
}

type Sale = Record<'goods' | 'discount' | 'shipping' | 'tax' | 'total', number>;

/** The entries of all documents that the order has so far: its invoice, and its credit notes. */
export function entriesOf({ order }: ReceivedOrderEvent): Entry[] {
  if (!order.invoice) return [];
  const goods = order.lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const { invoiceNumber, issuedAt } = order.invoice;
  return [
    balanced({ document: invoiceNumber, issuedAt, amounts: amountsOf({ ...order, goods }, 1) }),
    ...order.creditNotes.map((note) =>
      balanced({ document: note.creditNoteNumber, issuedAt: note.issuedAt, amounts: amountsOf(note, -1) }),
    ),
  ];
}

/** @param sign 1 for an invoice; -1 for a credit note, which is an invoice the other way round */
function amountsOf({ goods, discount, shipping, tax, total }: Sale, sign: 1 | -1): Entry['amounts'] {
  return {
    receivables: sign * total,
    discounts: sign * discount,
    sales: -sign * goods,
    shipping: -sign * shipping,
    vat: -sign * tax,
  };
}

function balanced(entry: Entry): Entry {
  const difference = Object.values(entry.amounts).reduce((sum, amount) => sum + amount, 0);
  if (difference === 0) return entry;
  throw new Error(`${entry.document} does not balance: its debits and credits differ by ${difference}`);
}

/** Posts the entries that the journal does not have yet, and returns them. */
export async function post(client: SqlClient, received: ReceivedOrderEvent): Promise<Entry[]> {
  const posted: Entry[] = [];
  for (const entry of entriesOf(received)) {
    const { rowCount } = await client.query('INSERT INTO entries VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
      entry.document,
      received.orderId,
      entry.issuedAt,
      received.order.currency,
    ]);
    if (rowCount === 0) continue;
    posted.push(entry);
    for (const [account, amount] of Object.entries(entry.amounts)) {
      const [debit, credit] = amount > 0 ? [amount, 0] : [0, -amount];
      await client.query('INSERT INTO postings VALUES ($1, $2, $3, $4)', [entry.document, account, debit, credit]);
    }
  }
  return posted;
}
