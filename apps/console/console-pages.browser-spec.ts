import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { axeFindings, browserPath, launchBrowser } from './testing/browser.ts';
import { ConsoleRun } from './testing/console-run.ts';

const describeInBrowser = browserPath ? describe : describe.skip;
const PICTURES = join(import.meta.dirname, '../../docs/console');
/** `SCREENSHOTS=write npm run console:check` writes the pictures of docs/console.md. */
const WRITE_PICTURES = process.env['SCREENSHOTS'] === 'write';
const SHOWN = [
  'pipeline-light-1280',
  'order-light-1280',
  'to-do-light-1280',
  'dead-letters-dark-1280',
  'command-dark-390',
];

const ORDERS = 10_000;
const DEAD_LETTERS = 1_000;
const MAX_FIRST_PAGE_BYTES = 60 * 1_024;
const MAX_FIRST_PAGE_MS = 500;
const ROUNDS = 3;
/** The api reads eight partitions of an index for a list of work. */
const MAX_LIST_MS = 1_000;
/** On a busy machine, so many times what the first page, whose size does not change, takes at the same moment. */
const MAX_LIST_RATIO = 5;

describeInBrowser('the pages of the console', () => {
  let run: ConsoleRun;
  let browser: Browser;
  let paths: Record<string, string>;

  beforeAll(async () => {
    run = await ConsoleRun.start();
    browser = await launchBrowser();
    for (const n of [1, 2, 3, 4]) {
      await run.place('bookshop-berlin', { purchaseOrderNumber: `PO-2026-${n}`, unitPrice: 99_900 + n * 7_300 });
    }
    const { orderId } = await run.place('ada');
    await run.poison(run.pipeline.aws.resources.ordersQueueUrl, ['not json', '{"type":"order.place.v1"}']);
    paths = {
      pipeline: '/',
      orders: '/orders?text=bookshop-berlin',
      order: `/orders/${orderId}`,
      command: `/orders/${orderId}/commands/cancelOrder`,
      'to-do': '/to-do',
      stuck: '/to-do?list=stuck-confirmed&hours=1',
      'dead-letters': '/dead-letters',
      'dry-run': '/dead-letters/orders-dlq/redrive?code=MALFORMED_COMMAND',
      reports: '/reports',
      activity: '/activity',
    };
  });

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const page = await (await browser.newContext({ locale: 'en-GB', ...options })).newPage();
    await page.goto(`${run.url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in as development operator' }).click();
    await page.getByRole('heading', { name: 'Pipeline' }).waitFor();
    return page;
  }

  /** The quickest of some loads, because others use the machine as well, and its bytes as they were sent. */
  async function quickest(page: Page, path: string, before: () => Promise<unknown> = async () => undefined) {
    const loads: { bytes: number; milliseconds: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await before();
      await page.goto(run.url + path, { waitUntil: 'load' });
      loads.push(
        await page.evaluate(`({
          bytes: performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
            .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
          milliseconds: performance.getEntriesByType('navigation')[0].loadEventEnd,
        })`),
      );
    }
    return loads.toSorted((a, b) => a.milliseconds - b.milliseconds)[0]!;
  }

  it('loads its first page quickly and with few bytes', async () => {
    const page = await signedIn();
    const session = await page.context().newCDPSession(page);
    const uncached = () => session.send('Network.clearBrowserCache');
    const { bytes, milliseconds } = await quickest(page, '/', uncached);
    process.stderr.write(`first page: ${bytes} bytes, ${Math.round(milliseconds)} ms\n`);
    expect(bytes).toBeLessThanOrEqual(MAX_FIRST_PAGE_BYTES);
    expect(milliseconds).toBeLessThan(MAX_FIRST_PAGE_MS);
    await page.context().close();
  });

  it.each([
    ['light', 1_280],
    ['dark', 1_280],
    ['light', 390],
    ['dark', 390],
  ] as const)('are usable by everybody and not too wide: %s, %i pixels', async (colorScheme, width) => {
    const page = await signedIn({ colorScheme, viewport: { width, height: 860 } });
    const findings: string[] = [];
    if (WRITE_PICTURES && width > 390 && colorScheme === 'light') await run.placeMany('sale', 2_000);
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(run.url + path);
      // Axe takes a second for each page: it checks each colour scheme at one width.
      if (width > 390 === (colorScheme === 'light')) findings.push(...(await axeFindings(page)));
      const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (tooWide > 0) findings.push(`${path} is ${tooWide} pixels too wide`);
      await picture(page, `${name}-${colorScheme}-${width}`);
    }
    expect(findings).toEqual([]);
    await page.context().close();
  });

  async function picture(page: Page, name: string): Promise<void> {
    if (!WRITE_PICTURES || !SHOWN.includes(name)) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  it('shows its lists as quickly with many orders and dead letters', async () => {
    await run.placeMany('bulk', ORDERS);
    const { ordersDeadLetterQueueUrl } = run.pipeline.aws.resources;
    const bodies = Array.from({ length: DEAD_LETTERS }, (_, n) => JSON.stringify({ type: 'order.place.v1', n }));
    await run.poison(ordersDeadLetterQueueUrl, bodies);
    const page = await signedIn();
    await page.goto(`${run.url}/dead-letters`);
    await page.getByRole('cell', { name: '1,000', exact: true }).waitFor({ timeout: 30_000 });
    const { milliseconds: firstPageMs } = await quickest(page, '/');
    const maxMs = Math.max(MAX_LIST_MS, MAX_LIST_RATIO * firstPageMs);
    for (const path of [
      '/orders?text=bulk&kind=customerId',
      '/orders?status=CONFIRMED',
      '/dead-letters',
      '/activity',
    ]) {
      const { milliseconds: ms } = await quickest(page, path);
      process.stderr.write(`${path}: ${Math.round(ms)} ms\n`);
      expect({ path, isQuick: ms < maxMs }).toEqual({ path, isQuick: true });
    }
    await page.goto(`${run.url}/orders?text=bulk`);
    await page.getByRole('link', { name: 'Next page' }).click();
    expect(await page.getByRole('row').count()).toBe(21);
    await page.context().close();
  });
});
