import { type CreditNoteDocument, dayOf, type InvoiceDocument } from '#libs/orders';
import { addressLines, amountFormat, codePointsText } from './invoice-format.ts';
import { type Column, type Paragraph, type Row, SHEET_WIDTH } from './sheet.ts';

/* The rows of each part of an invoice or credit note. */

export type PrintedDocument = InvoiceDocument | CreditNoteDocument;

export function titleOf({ documentType }: PrintedDocument): string {
  return documentType === 'INVOICE' ? 'Invoice' : 'Credit note';
}

export function headingRow(document: PrintedDocument): Row {
  const title = { text: titleOf(document), bold: true, size: 20 };
  return { columns: [{ left: 0, width: SHEET_WIDTH, paragraphs: [title] }], gapAfter: 12 };
}

export function partiesRow(document: PrintedDocument): Row {
  const { seller, buyer } = document;
  const parties = [
    partyOf('From', [seller.name, ...seller.address, `VAT ID ${seller.vatId}`]),
    partyOf('Bill to', addressLines(buyer.address)),
    ...(document.documentType === 'INVOICE' ? [partyOf('Deliver to', addressLines(document.deliverTo))] : []),
  ];
  return {
    columns: parties.map((paragraphs, index) => ({ left: index * 170, width: 155, paragraphs })),
    gapAfter: 16,
  };
}

function partyOf(heading: string, [name = '', ...lines]: readonly string[]): Paragraph[] {
  return [{ text: heading, gray: true }, { text: name, bold: true }, ...lines.map((text) => ({ text }))];
}

type Fact = readonly [label: string, value: string];

export function factRows(document: PrintedDocument): Row[] {
  const { documentType, number, issuedAt, orderId, orderedAt, buyer, seller, purchaseOrderNumber } = document;
  // The zone belongs to the document, because a document must never change.
  const { timeZone = 'UTC' } = seller;
  const order: [Fact, Fact] = [
    ['Order', orderId],
    ['Order date', dayOf(orderedAt, timeZone)],
  ];
  const customer: Fact[] = [['Customer', buyer.customerId]];
  if (purchaseOrderNumber !== undefined) customer.push(['Purchase order', purchaseOrderNumber]);
  const issued: Fact = ['Issue date', dayOf(issuedAt, timeZone)];
  if (documentType === 'INVOICE') {
    return [factRow(['Invoice number', number], issued), factRow(...order), ...customer.map((fact) => factRow(fact))];
  }
  const { invoiceNumber, returnId, reason } = document;
  return [
    factRow(['Credit note no.', number], issued),
    factRow(['For invoice', invoiceNumber], returnId === undefined ? undefined : ['Return', returnId]),
    factRow(...order),
    ...customer.map((fact) => factRow(fact)),
    { columns: columnsOf(['Reason', reason ?? 'Cancelled before shipment'], 0, SHEET_WIDTH), gapAfter: 3 },
  ];
}

function factRow(left: Fact, right?: Fact): Row {
  return { columns: [...columnsOf(left, 0, 325), ...(right ? columnsOf(right, 340, 155) : [])], gapAfter: 3 };
}

function columnsOf([label, text]: Fact, left: number, width: number): Column[] {
  const labelWidth = 85;
  return [
    { left, width: labelWidth, paragraphs: [{ text: label, gray: true }] },
    { left: left + labelWidth, width: width - labelWidth, paragraphs: [{ text }] },
  ];
}

export function tableHeading({ currency }: PrintedDocument): Row {
  const label = (text: string) => [{ text, bold: true }];
  return lineRow(
    label('#'),
    label('Item'),
    label('Quantity'),
    label(`Unit price ${currency}`),
    label(`Amount ${currency}`),
  );
}

export function tableRows({ lines, currency }: PrintedDocument): Row[] {
  const money = amountFormat(currency);
  return lines.map(({ lineNumber, name, sku, quantity, unitPrice, amount }) =>
    lineRow(
      [{ text: String(lineNumber) }],
      [{ text: name }, { text: sku, gray: true, size: 7 }],
      [{ text: quantity.toLocaleString('en') }],
      [{ text: money(unitPrice) }],
      [{ text: money(amount) }],
    ),
  );
}

type Cell = readonly Paragraph[];

function lineRow(number: Cell, item: Cell, quantity: Cell, unitPrice: Cell, amount: Cell): Row {
  return {
    columns: [
      { left: 0, width: 22, paragraphs: number },
      { left: 25, width: 225, paragraphs: item },
      { left: 255, width: 55, align: 'right', paragraphs: quantity },
      { left: 315, width: 85, align: 'right', paragraphs: unitPrice },
      { left: 405, width: 90, align: 'right', paragraphs: amount },
    ],
    gapAfter: 5,
  };
}

export function totalRows(document: PrintedDocument): Row[] {
  const { documentType, currency, goods, discount, shipping, net, tax, total } = document;
  const money = amountFormat(currency);
  const isInvoice = documentType === 'INVOICE';
  return [
    totalRow('Goods', money(goods)),
    ...(discount > 0 ? [totalRow('Discount', money(-discount))] : []),
    ...(isInvoice || shipping > 0 ? [totalRow('Shipping', money(shipping))] : []),
    totalRow('Net', money(net)),
    totalRow('VAT', money(tax)),
    totalRow(`${isInvoice ? 'Total' : 'Total credited'} ${currency}`, money(total), { bold: true, size: 11 }),
    ...(isInvoice ? [totalRow(`Paid by ${document.paid.provider}`, money(document.paid.amount))] : []),
  ];
}

function totalRow(label: string, amount: string, style: Partial<Paragraph> = {}): Row {
  return {
    columns: [
      { left: 215, width: 140, paragraphs: [{ text: label, ...style }] },
      { left: 360, width: 135, align: 'right', paragraphs: [{ text: amount, ...style }] },
    ],
    gapAfter: 3,
  };
}

export function missingCharactersRow(characters: readonly string[]): Row {
  const text = `Each box stands for a character that could not be printed: ${codePointsText(characters)}`;
  return { columns: [{ left: 0, width: SHEET_WIDTH, paragraphs: [{ text, gray: true, size: 7 }] }] };
}

export function footerColumns(document: PrintedDocument, page: number, pages: number): Column[] {
  const left = `${titleOf(document)} ${document.number}`;
  return [
    { left: 0, width: 415, paragraphs: [{ text: left, gray: true, size: 7 }] },
    { left: 415, width: 80, align: 'right', paragraphs: [{ text: `Page ${page} of ${pages}`, gray: true, size: 7 }] },
  ];
}
