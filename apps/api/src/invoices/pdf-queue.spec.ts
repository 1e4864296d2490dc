import { once } from 'node:events';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { type InvoiceDocument, invoiceDocument, placeOrder } from '#libs/orders';
import { anOrderRequest, aPlaceOrderCommand, shopRules } from '../../../../libs/orders/src/testing/order-factory.ts';
import { invoicePdf } from './invoice-pdf.ts';
import { type Place, PdfQueue } from './pdf-queue.ts';
import { startPdfThread } from './pdf-thread.ts';

const TIMES = { waitMs: 60_000, printMs: 60_000, idleMs: 60_000 };
/** They take tens of milliseconds. */
const MANY_LINES = 40;
const open = new AbortController().signal;

describe('the queue of PDFs', () => {
  let threads: Worker[];

  beforeEach(() => {
    threads = [];
  });

  afterEach(() => Promise.all(threads.map((thread) => thread.terminate())));

  /** A queue with real threads, which run the sources. */
  function aQueue(times: Partial<typeof TIMES> = {}, options: WorkerOptions = {}): PdfQueue {
    const start = () => {
      const thread = startPdfThread({ execArgv: ['--conditions=source'], ...options });
      threads.push(thread);
      return thread;
    };
    return new PdfQueue(start, { ...TIMES, ...times });
  }

  it('makes the same PDF in a thread, one thread for all, and none before the first', async () => {
    const queue = aQueue();
    const place = queue.enter('a', open);
    expect(threads).toHaveLength(0);
    const document = anInvoice();
    const made = await queue.print(place, document);
    expect(Buffer.from((await invoicePdf(document)).pdf).equals(made.pdf)).toBe(true);
    expect(await queue.print(queue.enter('b', open), document)).toEqual(made);
    expect(threads).toHaveLength(1);
  });

  it('leaves the event loop free', async () => {
    const queue = aQueue();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    await queue.print(queue.enter('a', open), anInvoice(MANY_LINES));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(20);
  });

  it('serves callers in turn, though one was first and has two', async () => {
    const queue = aQueue();
    const order: string[] = [];
    const print = async (name: string) => {
      await queue.print(queue.enter(name.charAt(0), open), anInvoice());
      order.push(name);
    };
    await Promise.all(['a1', 'a2', 'b1', 'b2', 'c1'].map(print));
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2']);
  });

  it('passes over a place whose document is still being read', async () => {
    const queue = aQueue();
    const reading = queue.enter('a', open);
    expect(await queue.print(queue.enter('b', open), anInvoice())).toBeDefined();
    expect(await queue.print(reading, anInvoice())).toBeDefined();
  });

  it('refuses a third PDF of a caller with 429, until one of the two is made', async () => {
    const queue = aQueue();
    const first = queue.print(queue.enter('a', open), anInvoice());
    const second = queue.enter('a', open);
    const refusal = { kind: 'too-many-requests', headers: { 'retry-after': '2' } };
    expect(() => queue.enter('a', open)).toThrow(expect.objectContaining(refusal));
    queue.enter('b', open);
    await first;
    queue.leave(queue.enter('a', open));
    await queue.print(second, anInvoice());
  });

  it('refuses with 429 when 17 places are taken', () => {
    const queue = aQueue();
    const places = Array.from({ length: 17 }, (_, caller) => queue.enter(String(caller), open));
    const refusal = { kind: 'too-many-requests', headers: { 'retry-after': '2' } };
    expect(() => queue.enter('another', open)).toThrow(expect.objectContaining(refusal));
    queue.leave(places[0] as Place);
    queue.enter('another', open);
  });

  it('frees the place of a client that disconnects while it waits, not while its PDF is in progress', async () => {
    const queue = aQueue();
    const client = new AbortController();
    const inProgress = queue.print(queue.enter('a', client.signal), anInvoice());
    const waiting = queue.print(queue.enter('a', client.signal), anInvoice());
    client.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'too-many-requests' });
    queue.enter('a', open);
    expect(() => queue.enter('a', open)).toThrow('over 2 PDFs of this caller');
    await inProgress;
    queue.enter('a', open);
  });

  it('prints nothing for a client that has disconnected while its document was read', async () => {
    const queue = aQueue();
    const client = new AbortController();
    const place = queue.enter('a', client.signal);
    client.abort();
    await expect(queue.print(place, anInvoice())).rejects.toMatchObject({ kind: 'too-many-requests' });
    await expect(queue.print(queue.enter('a', client.signal), anInvoice())).rejects.toMatchObject({
      kind: 'too-many-requests',
    });
    expect(threads).toHaveLength(0);
  });

  it('answers 429 to a client that has waited too long', async () => {
    const queue = aQueue({ waitMs: 1 });
    const inProgress = queue.print(queue.enter('a', open), anInvoice(MANY_LINES));
    await expect(queue.print(queue.enter('b', open), anInvoice())).rejects.toMatchObject({ kind: 'too-many-requests' });
    await inProgress;
  });

  it('reports why a document has no PDF, and its thread goes on', async () => {
    const queue = aQueue();
    const impossible = { ...anInvoice(), seller: undefined } as unknown as InvoiceDocument;
    await expect(queue.print(queue.enter('a', open), impossible)).rejects.toThrow(/name/);
    await queue.print(queue.enter('a', open), anInvoice());
    expect(threads).toHaveLength(1);
  });

  it('answers 503 to the document whose thread ends, and makes the next in another thread', async () => {
    const queue = aQueue();
    const crashed = queue.print(queue.enter('a', open), anInvoice());
    const next = queue.print(queue.enter('b', open), anInvoice());
    await threads[0]?.terminate();
    await expect(crashed).rejects.toMatchObject({ kind: 'unavailable', message: 'the PDF could not be made' });
    expect(await next).toBeDefined();
    expect(threads).toHaveLength(2);
  });

  it.each([
    ['in both directions', 'אa1('.repeat(50)],
    ['of brackets', `א${'('.repeat(99)}${')'.repeat(100)}`],
    ['of one word', 'م'.repeat(200)],
  ])('prints a hundred of the longest lines %s within the memory and the time of a PDF', async (_, name) => {
    const queue = aQueue({ printMs: 8_000 });
    const document = anInvoice(100);
    const lines = document.lines.map((line, index) => ({ ...line, name: `${name.slice(0, 197)}${index}` }));
    const address = { ...document.deliverTo, name, line1: name, line2: name, region: name };
    const longest = { ...document, lines, deliverTo: address };
    expect(await queue.print(queue.enter('a', open), longest)).toMatchObject({ missingCharacters: [] });
  });

  it('answers 503 when the thread is out of memory', async () => {
    const queue = aQueue({}, { resourceLimits: { maxOldGenerationSizeMb: 8 } });
    await expect(queue.print(queue.enter('a', open), anInvoice(MANY_LINES))).rejects.toMatchObject({
      kind: 'unavailable',
      cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' },
    });
  });

  it('answers 503 and ends the thread when a PDF takes too long', async () => {
    const queue = aQueue({ printMs: 1 });
    const late = queue.print(queue.enter('a', open), anInvoice(MANY_LINES));
    const ended = once(threads[0] as Worker, 'exit');
    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    await ended;
  });

  it('ends the thread that has been idle, and starts another for the next PDF', async () => {
    const queue = aQueue({ idleMs: 1 });
    await queue.print(queue.enter('a', open), anInvoice());
    await once(threads[0] as Worker, 'exit');
    expect(await queue.print(queue.enter('a', open), anInvoice())).toBeDefined();
    expect(threads).toHaveLength(2);
  });
});

function anInvoice(lines = 1): InvoiceDocument {
  const lineItems = Array.from({ length: lines }, (_, line) => ({
    sku: `CLN-${line}`,
    name: 'Cleaner',
    quantity: 1,
    unitPrice: 1,
  }));
  const request = anOrderRequest({ lineItems });
  const command = aPlaceOrderCommand({ request });
  return invoiceDocument(placeOrder(command, shopRules(Infinity), '2026-01-02T03:04:06.000Z'))!;
}
