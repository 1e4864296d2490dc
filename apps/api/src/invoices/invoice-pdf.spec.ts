import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { getDocumentProxy, getResolvedPDFJS } from 'unpdf';
import type { OrderRequest } from '#libs/order-requests';
import {
  type Address,
  creditNoteDocument,
  type InvoiceDocument,
  invoiceDocument,
  type LineItem,
  placeOrder,
} from '#libs/orders';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from '../../../../libs/orders/src/testing/order-factory.ts';
import { everyStep } from '../../../../libs/orders/src/testing/order-life.ts';
import { LAYOUT_VERSION } from './invoice-format.ts';
import { invoicePdf } from './invoice-pdf.ts';
import { LONG_ROUNDS, runs } from '../../../../test/harness/rounds.ts';

const NOW = '2026-01-02T03:04:06.000Z';
const ORDER_ID = '01JQZK7T3M8X2V9B4N6C5D0F1G';
const LONG_NAME = `${'Degreaser for stainless steel, food-safe '.repeat(4)}and ${'x'.repeat(32)}`;

describe('the PDF of an invoice', () => {
  it('names seller, buyer, goods and payment', async () => {
    const lineItems = [aLine(), aLine({ sku: 'CLN-CLOTH', name: 'Cloth', quantity: 1_000, unitPrice: 334 })];
    const { text } = await read(anInvoice({ lineItems, discount: 600, tax: 664 }));
    expect(text).toContain(`Invoice number INV-${ORDER_ID} Issue date 2026-01-02`);
    expect(text).toContain(`Order ${ORDER_ID} Order date 2026-01-02`);
    expect(text).toContain('From Cleaning Supplies GmbH 1 Soap Rd 10115 Berlin DE VAT ID DE123456789');
    expect(text).toContain('Bill to Ada Byron 1 Main St 10115 Berlin Germany');
    expect(text).toContain('Deliver to Ada Byron');
    expect(text).toContain(
      '# Item Quantity Unit price EUR Amount EUR 1 Glass cleaner 750 ml CLN-GLASS-750 2 12.99 25.98',
    );
    expect(text).toContain('2 Cloth CLN-CLOTH 1,000 3.34 3,340.00');
    expect(text).toContain('Goods 3,365.98 Discount -6.00 Shipping 4.90 Net 3,364.88 VAT 6.64 Total EUR 3,371.52');
    expect(text).toContain('Paid by stripe 3,371.52');
    expect(text).toContain('Page 1 of 1');
  });

  it('names the purchase order of a wholesale order', async () => {
    const { text } = await read(anInvoice({ channel: 'WHOLESALE', purchaseOrderNumber: 'PO-77' }));
    expect(text).toContain('Purchase order PO-77');
  });

  it.each([
    ['JPY', '1,299', '2,598'],
    ['EUR', '12.99', '25.98'],
    ['KWD', '1.299', '2.598'],
  ])('writes amounts in %s with as many digits as it has', async (currency, unitPrice, amount) => {
    const { text } = await read(anInvoice({ currency }));
    expect(text).toContain(`Amount ${currency} 1 Glass cleaner 750 ml CLN-GLASS-750 2 ${unitPrice} ${amount}`);
  });

  it.each(['Καθαριστικό τζαμιών', 'Средство для стёкол', 'Łódź, Čeština, Tiếng Việt', 'ქართული', 'Հայերեն'])(
    'can be searched for %s',
    async (name) => {
      const { text } = await read(anInvoice({ lineItems: [aLine({ name })], billingAddress: anAddress({ name }) }));
      expect(text.split(name)).toHaveLength(3);
    },
  );

  it('is the same, byte for byte, whenever it is made', async () => {
    const document = anInvoice({ lineItems: lines(100) });
    const [one, other] = await Promise.all([bytesOf(document), bytesOf(structuredClone(document))]);
    expect(one.equals(other)).toBe(true);
    await invoicePdf(anInvoice({ lineItems: [aLine({ name: 'Другое' })] }));
    expect((await bytesOf(document)).equals(one)).toBe(true);
  });

  it('has a new LAYOUT_VERSION whenever it looks different, because clients keep it under its ETag', async () => {
    const { boxes } = await read(anInvoice({ lineItems: lines(30), discount: 1 }));
    const texts = boxes.map(({ page, text, left, bottom }) => [page, text, Math.round(left), Math.round(bottom)]);
    const look = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
    expect({ LAYOUT_VERSION, look }).toEqual({ LAYOUT_VERSION: 2, look: 'de52c4b5424cb9b8' });
  });

  it('has its own characters, even if another invoice had other characters for the same glyphs', async () => {
    for (const name of ['\u0628\u0628', '\uFE91', '\u0628\u0628']) {
      const { text } = await read(anInvoice({ lineItems: [aLine({ name })] }));
      expect(text).toContain(` ${name} `);
    }
  });

  it("has dates in the seller's time zone, or in UTC if it was issued without one", async () => {
    const invoice = { ...anInvoice(), orderedAt: '2026-12-31T22:59:59.999Z', issuedAt: '2026-12-31T23:30:00.000Z' };
    expect((await read(invoice)).text).toMatch(/Issue date 2027-01-01 .* Order date 2026-12-31 /);
    const { timeZone: _, ...seller } = invoice.seller;
    expect((await read({ ...invoice, seller })).text).toMatch(/Issue date 2026-12-31 .* Order date 2026-12-31 /);
    const apia = { ...seller, timeZone: 'Pacific/Apia' };
    expect((await read({ ...invoice, seller: apia })).text).toMatch(/Issue date 2027-01-01 .* Order date 2027-01-01 /);
  });

  it('leaves no gap for a postal code that an address does not have', async () => {
    const { postalCode: _, ...address } = anAddress({ city: 'Dubai', country: 'AE' });
    const { boxes, text } = await read(anInvoice({ billingAddress: address, shippingAddress: address }));
    expect(text).toContain('Bill to Ada Byron 1 Main St Dubai United Arab Emirates');
    expect(boxes.filter(({ text }) => text === 'Dubai').map(({ left }) => Math.round(left))).toEqual([220, 390]);
  });

  it.each([
    ['زجاج ١٢٣', '١٢٣ جاجز'],
    ['شارع ١٢ شقة 45', '45 ةقش ١٢ عراش'],
    ['שלום', 'םולש'],
    ['רחוב הרצל 24', '24 לצרה בוחר'],
    ['ניקוי (Glass) 5%', '5% (Glass) יוקינ'],
    ['Cleaner (ניקוי זכוכית) 5', 'Cleaner (תיכוכז יוקינ) 5'],
    ['Cleaner ניקוי, 500 ml', 'Cleaner 500 ,יוקינ ml'],
  ])('draws %s from left to right as %s', async (name, visible) => {
    const drawn = await drawnLines(
      anInvoice({ lineItems: [aLine({ name })], billingAddress: anAddress({ city: name }) }),
    );
    expect(drawn).toContain(visible);
    expect(drawn).toContain(/^[\u0590-\u06FF]/.test(name) ? `${visible} 10115` : `10115 ${visible}`);
  });

  it('breaks a text from right to left into lines from top to bottom', async () => {
    const words = Array.from({ length: 20 }, (_, index) => `מילה${index}`);
    const drawn = await drawnLines(anInvoice({ lineItems: [aLine({ name: words.join(' ') })] }));
    const lines = drawn.filter((line) => line.includes('הלימ'));
    expect(lines.length).toBeGreaterThan(1);
    const read = lines.flatMap((line) => line.split(' ').toReversed());
    expect(read).toEqual(words.map((_, index) => `${index}הלימ`));
  });

  it('says which characters it cannot print, each once', async () => {
    const document = anInvoice({
      lineItems: [aLine({ name: '東京 洗剤 東京' }), aLine({ name: 'Cleaner 🧼' })],
      billingAddress: anAddress({ name: '東 조' }),
    });
    const { text, missingCharacters } = await read(document);
    const codePoints = 'U+6771, U+C870, U+4EAC, U+6D17, U+5264, U+1F9FC';
    expect(text).toContain(`Each box stands for a character that could not be printed: ${codePoints} Invoice`);
    expect(missingCharacters.join('')).toBe('東조京洗剤🧼');
  });

  it('counts the characters that it cannot print if they are many', async () => {
    const name = Array.from({ length: 200 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    const { text } = await read(anInvoice({ lineItems: [aLine({ name })] }));
    expect(text).toContain('U+4E12, U+4E13 and 180 more');
  });

  it.each(['Ada\u200D Byron', 'Cleaner \u2714\uFE0F', 'so\u00ADap', 'Łódź ١٢٣ שלום'])(
    'prints every character of %j',
    async (name) => {
      const { text, missingCharacters } = await read(anInvoice({ lineItems: [aLine({ name })] }));
      expect(missingCharacters).toEqual([]);
      expect(text).not.toContain('Each box');
    },
  );

  it('has a title, a language and a date', async () => {
    const pdf = await getDocumentProxy(new Uint8Array(await bytesOf(anInvoice())));
    const { info } = await pdf.getMetadata();
    expect(info).toMatchObject({
      Title: `Invoice INV-${ORDER_ID}`,
      Author: 'Cleaning Supplies GmbH',
      Language: 'en',
      CreationDate: 'D:20260102030406Z',
    });
  });
});

describe('the pages of an invoice', () => {
  it('hold a hundred long lines, each whole, below a heading', async () => {
    const { pages } = await read(anInvoice({ lineItems: lines(100, LONG_NAME) }));
    expect(pages.length).toBeGreaterThan(5);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain('# Item Quantity Unit price EUR Amount EUR');
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    }
    const whole = pages.join('').replaceAll(' ', '');
    for (let line = 1; line <= 100; line += 1) {
      expect(whole).toContain(`${line}${LONG_NAME.replaceAll(' ', '')}CLN-${line}`);
    }
  });

  it('keep the last line and all totals together, wherever the page ends', async () => {
    // The totals are higher than three lines, so that with three more lines they still cross the end of the page.
    for (let count = 12; count <= 40; count += LONG_ROUNDS ? 1 : 3) {
      const { pages } = await read(anInvoice({ lineItems: lines(count), discount: 1, tax: 1 }));
      expect(pages.at(-1)).toMatch(new RegExp(`${count} Cleaner CLN-${count} .* Goods .* Paid by stripe`));
    }
  });

  it('have no text over another or outside the margins', async () => {
    const widest = 'W'.repeat(200);
    const address = anAddress({ name: widest, line1: widest, line2: widest, city: 'W'.repeat(100), region: widest });
    const request: Partial<OrderRequest> = {
      channel: 'WHOLESALE',
      currency: 'JPY',
      purchaseOrderNumber: 'W'.repeat(64),
      billingAddress: address,
      shippingAddress: address,
      lineItems: [...lines(40, widest), aLine({ sku: 'W'.repeat(64), quantity: 99, unitPrice: 1_000_000_000_000 })],
      tax: 99_000_000_000_000,
    };
    const { boxes, text } = await read(anInvoice(request));
    expect(text).toContain('99 1,000,000,000,000 99,000,000,000,000 ');
    expect(text).toContain('Total JPY 198,000,000,104,410 Paid by stripe 198,000,000,104,410');
    for (const { left, right, top, bottom } of boxes) {
      expect({ left: left >= 49, right: right <= 546, top: top <= 800, bottom: bottom >= 30 }).toEqual({
        left: true,
        right: true,
        top: true,
        bottom: true,
      });
    }
    expect(overlaps(boxes)).toEqual([]);
  });

  it('can contain any text that an order may have', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    const property = fc.asyncProperty(text, text, async (name, city) => {
      const document = anInvoice({ lineItems: [aLine({ name })], billingAddress: anAddress({ name, city }) });
      expect((await bytesOf(document)).length).toBeGreaterThan(1_000);
    });
    await fc.assert(property, runs(100, 20));
  });

  it('can contain a text for which the font library throws', async () => {
    const { text } = await read(anInvoice({ lineItems: [aLine({ name: '\u2D5E\u200C' })] }));
    expect(text).toContain('\u2D5E');
  });
});

describe('the PDF of a credit note', () => {
  it('says what came back, why, and which invoice it corrects', async () => {
    const order = everyStep().find(({ after }) => after.creditNotes.length > 0)!.after;
    const { text } = await read(creditNoteDocument(order, '1')!);
    expect(text).toContain(`Credit note no. CN-${order.orderId}-1 Issue date 2026-01-02`);
    expect(text).toContain(`For invoice INV-${order.orderId} Return 1`);
    expect(text).toContain('Reason leaks');
    expect(text).toContain('1 Glass cleaner 750 ml CLN-GLASS-750 1 12.99 12.99');
    expect(text).toContain('Goods 12.99 Net 12.99 VAT 0.00 Total credited EUR 12.99');
    expect(text).not.toMatch(/Shipping|Paid|Deliver/);
  });
});

function anInvoice(changes: Partial<OrderRequest> = {}): InvoiceDocument {
  const request = anOrderRequest(changes);
  const goods = request.lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  request.total = goods - request.discount + request.shipping + request.tax;
  const command = aPlaceOrderCommand({ orderId: ORDER_ID, receivedAt: '2026-01-01T23:04:05.678Z', request });
  return invoiceDocument(placeOrder(command, shopRules(Infinity), NOW))!;
}

function aLine(changes: Partial<LineItem> = {}): LineItem {
  return { sku: 'CLN-GLASS-750', name: 'Glass cleaner 750 ml', quantity: 2, unitPrice: 1299, ...changes };
}

function anAddress(changes: Partial<Address>): Address {
  return { name: 'Ada Byron', line1: '1 Main St', city: 'Berlin', postalCode: '10115', country: 'DE', ...changes };
}

function lines(count: number, name = 'Cleaner'): LineItem[] {
  return Array.from({ length: count }, (_, index) => aLine({ sku: `CLN-${index + 1}`, name }));
}

async function bytesOf(document: Parameters<typeof invoicePdf>[0]): Promise<Buffer> {
  return Buffer.from((await invoicePdf(document)).pdf);
}

/** The lines of the first page as they are seen: their glyphs from left to right, by position. */
async function drawnLines(document: Parameters<typeof invoicePdf>[0]): Promise<string[]> {
  const { OPS } = await getResolvedPDFJS();
  const page = await (await getDocumentProxy(new Uint8Array(await bytesOf(document)))).getPage(1);
  const { fnArray, argsArray } = await page.getOperatorList();
  const lines: { x: number; text: string }[][] = [];
  let x = 0;
  for (const [at, operator] of fnArray.entries()) {
    const args = argsArray[at] as [ArrayLike<number> | ({ unicode: string } | number)[]];
    // A text object of pdfkit is one line of one column.
    if (operator === OPS.beginText) lines.push([]);
    if (operator === OPS.setTextMatrix) x = (args[0] as number[])[4] ?? 0;
    if (operator !== OPS.showText) continue;
    const glyphs = args[0] as ({ unicode: string } | number)[];
    lines.at(-1)?.push({ x, text: glyphs.map((glyph) => (typeof glyph === 'number' ? '' : glyph.unicode)).join('') });
  }
  return lines.map((parts) =>
    parts
      .toSorted((one, other) => one.x - other.x)
      .map(({ text }) => text)
      .join('')
      .trim(),
  );
}

interface Box {
  page: number;
  text: string;
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** The texts of each page in the order of drawing, with their positions. */
async function read(document: Parameters<typeof invoicePdf>[0]) {
  const { pdf: bytes, missingCharacters } = await invoicePdf(document);
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  const boxes: Box[] = [];
  for (let page = 1; page <= pdf.numPages; page += 1) {
    const { items } = await (await pdf.getPage(page)).getTextContent({ disableNormalization: true });
    for (const item of items) {
      if (!('str' in item) || item.str.trim() === '') continue;
      const [left, bottom] = [item.transform[4], item.transform[5]] as [number, number];
      boxes.push({ page, text: item.str, left, right: left + item.width, bottom, top: bottom + item.height * 0.7 });
    }
  }
  const textOf = (page: number) => boxes.flatMap((box) => (box.page === page ? [box.text.trim()] : [])).join(' ');
  const pages = Array.from({ length: pdf.numPages }, (_, index) => textOf(index + 1));
  return { boxes, pages, text: pages.join(' '), missingCharacters };
}

function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((one, index) =>
    boxes
      .slice(index + 1)
      .filter((other) => other.page === one.page)
      .filter((other) => one.left < other.right && other.left < one.right)
      .filter((other) => one.bottom < other.top && other.bottom < one.top)
      .map((other) => `${one.text} / ${other.text}`),
  );
}
