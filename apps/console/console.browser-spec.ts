import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { browserPath, launchBrowser } from './testing/browser.ts';
import { ConsoleRun } from './testing/console-run.ts';

const describeInBrowser = browserPath ? describe : describe.skip;

describeInBrowser('the console', () => {
  let run: ConsoleRun;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    run = await ConsoleRun.start();
    browser = await launchBrowser();
    context = await browser.newContext({ locale: 'de-DE' });
    page = await openPage();
    await signIn();
  });

  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  /** A page whose errors, those of its content security policy included, fail a test. */
  async function openPage(): Promise<Page> {
    const opened = await context.newPage();
    opened.setDefaultTimeout(15_000);
    opened.on('pageerror', (error) => errors.push(String(error)));
    opened.on('console', (message) => message.text().includes('Content Security') && errors.push(message.text()));
    return opened;
  }

  async function signIn(role?: string, on: Page = page): Promise<void> {
    await on.goto(`${run.url}/sign-in`);
    if (role === undefined) {
      await on.getByRole('button', { name: 'Sign in as development operator' }).click();
      return heading('Pipeline', on);
    }
    await on.getByText('With only one role').click();
    await on.getByLabel('Role').selectOption(role);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function find(text: string): Promise<void> {
    await page.goto(`${run.url}/orders`);
    await page.getByLabel('Order id, number or customer').fill(text);
    await page.getByRole('button', { name: 'Find' }).click();
  }

  const heading = (name: string | RegExp, on: Page = page) => on.getByRole('heading', { name }).first().waitFor();

  it('finds an order by its id, its numbers and its customer', async () => {
    const { orderId, payment } = await run.place('bookshop', { purchaseOrderNumber: 'PO-77', unitPrice: 100 });
    for (const text of [`INV-${orderId}`, 'PO-77', payment.reference, 'bookshop']) {
      await find(text);
      await page.getByRole('link', { name: orderId }).click();
      await heading(`Order ${orderId}`);
    }
    const imported = await run.importOrder('2019-0042');
    await find('2019-0042');
    await page.getByRole('link', { name: imported }).click();
    await page.getByText('2019-0042 in the old shop').waitFor();
    await find(orderId);
    await heading(`Order ${orderId}`);
    await page.getByText('are being read').waitFor({ state: 'detached' });
    // In the reader's locale: 2 × €1.00 and €4.90 of shipping.
    expect(await page.locator('.lead').textContent()).toContain('6,90\u00a0€');
    const [invoice] = await Promise.all([page.waitForResponse(/documents/), page.getByText('(PDF)').click()]);
    expect(invoice.headers()['content-type']).toBe('application/pdf');
  });

  it('lists orders by status and date, and keeps what was typed when the api refuses', async () => {
    const { orderId } = await run.place('dated');
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    await page.goto(`${run.url}/orders`);
    await page.getByLabel('Status').selectOption('CONFIRMED');
    await page.getByLabel('Before').fill(tomorrow);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('link', { name: orderId }).waitFor();
    await page.getByLabel('From').fill(tomorrow);
    await page.getByLabel('Before').fill('');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('Nothing here.').waitFor();
    await page.getByLabel('Before').fill('2020-01-01');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('must be later than from').waitFor();
    expect(await page.getByLabel('From').inputValue()).toBe(tomorrow);
  });

  it("publishes an order's events again after a dry run", async () => {
    const { orderId } = await run.place('cust-1');
    await page.goto(`${run.url}/orders/${orderId}/replay`);
    await page.getByText('This would send 1 events').waitFor();
    await page.getByLabel('Why').fill('inventory lost it');
    await page.getByRole('button', { name: 'Publish again' }).click();
    await page.getByRole('row', { name: /Replay \(relay:replay\).*inventory lost it.*Done/ }).waitFor();
  });

  it('approves three orders at once', async () => {
    const placed = await Promise.all(
      [1, 2, 3].map((n) => run.place('bookshop', { purchaseOrderNumber: `PO-${n}`, unitPrice: 99_900 })),
    );
    await page.goto(`${run.url}/to-do`);
    for (const { orderId } of placed) await page.getByLabel(`Approve ${orderId}`).check();
    await page.getByRole('button', { name: 'Approve the chosen orders' }).click();
    await heading('Approved 3');
    await find(placed[0]!.orderId);
    await page.getByText('Now: Confirmed').waitFor();
    await page.getByText('stream-relay: passed').waitFor();
    await page.getByText('inventory: may wait here').waitFor();
  });

  it('refuses to cancel what another window has changed, and keeps what was typed', async () => {
    const { orderId } = await run.place('cust-1');
    const other = await openPage();
    for (const one of [page, other]) await one.goto(`${run.url}/orders/${orderId}/commands/cancelOrder`);
    expect(await page.locator('.money').textContent()).toContain('30,88\u00a0€');
    await other.getByRole('button', { name: 'Cancel' }).click();
    await other.getByText('Now: Cancelled').waitFor();
    await page.getByLabel('Reason').fill('the customer called');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await heading('The order was changed meanwhile');
    expect(await page.getByLabel('Reason').inputValue()).toBe('the customer called');
    await page.getByRole('link', { name: 'Look at the order as it is now' }).click();
    await page.getByText('Now: Cancelled').waitFor();
    await other.close();
  });

  it('finds a poison message with its story, redrives it after a dry run, discards a group, and logs who and why', async () => {
    await run.poison(run.pipeline.aws.resources.ordersQueueUrl, ['not json']);
    await page.goto(`${run.url}/dead-letters`);
    // What the page shows may be 10 s old, it starts the next reading behind the page, and asks each 5 s.
    await page.getByRole('link', { name: 'Malformed command' }).click({ timeout: 30_000 });
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByText('not json', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Redrive: dry run' }).click();
    await page.getByText('This would move 1 of the messages').waitFor();
    await page.getByLabel('Why').fill('the worker was fixed');
    await page.getByRole('button', { name: 'Redrive 1' }).click();
    await page.getByText('1 moved').waitFor();
    await page.getByText(/Done|Something stayed/).waitFor();
    await page.goto(`${run.url}/activity`);
    const row = page.getByRole('row', { name: /Redrive \(dlq\).*the worker was fixed/ });
    expect(await row.textContent()).toContain('dev-operator');

    await run.poison(run.pipeline.aws.resources.ordersDeadLetterQueueUrl, ['{"type":"a.kind"}', '{"type":"a.kind"}']);
    await page.goto(`${run.url}/dead-letters`);
    await page.getByRole('link', { name: 'Discard RECEIVED_TOO_OFTEN a.kind' }).click();
    await page.getByText('This would move 2 of the messages').waitFor();
    // What comes in after the dry run stays.
    await run.poison(run.pipeline.aws.resources.ordersDeadLetterQueueUrl, ['{"type":"a.kind","later":true}']);
    await page.getByLabel('Why').fill('- nobody needs them');
    await page.getByRole('button', { name: 'Discard 2' }).click();
    await page.getByText('2 moved').waitFor();
    await page.getByText('Done').waitFor();
    const lines = readFileSync(join(run.home, 'discarded-local-orders-dlq.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { Body: string }).Body)).toEqual(
      Array(2).fill('{"type":"a.kind"}'),
    );
    await page.goto(`${run.url}/dead-letters/orders-dlq/messages?what=a.kind&cursor=-1`);
    await page.getByText('Messages: 1. a.kind').waitFor();
  });

  it('shows within 5 s that the worker is gone, and when it is back', async () => {
    const [worker] = run.pipeline.instancesOf('worker');
    await page.goto(run.url);
    const row = page.getByRole('row', { name: /^worker/ });
    await row.getByText('Up').waitFor();
    await worker!.stop('SIGKILL');
    await row.getByText('Down').waitFor({ timeout: 5_000 });
    worker!.start();
    await row.getByText('Up').waitFor();
  });

  it('shows a rush within 5 s', async () => {
    await page.goto(run.url);
    await run.placeMany('rush', 1_000);
    for (const station of ['worker', 'stream-relay']) {
      const row = page.getByRole('row', { name: new RegExp(`^${station}`) });
      await row.getByText(/^[1-9][\d.,]*\/s$/).waitFor({ timeout: 5_000 });
    }
  });

  it('keeps what was typed when the session ends, the connection is lost or the api is slow', async () => {
    const { orderId } = await run.place('cust-1');
    await page.goto(`${run.url}/orders/${orderId}/commands/cancelOrder`);
    await page.getByLabel('Reason').fill('no stock');
    const send = () => page.getByRole('button', { name: 'Cancel' }).click();
    await context.setOffline(true);
    await send();
    await page.getByText('The connection to the console is lost').waitFor();
    await context.setOffline(false);
    await context.clearCookies();
    await send();
    await heading('Your session has ended');
    const [again] = await Promise.all([context.waitForEvent('page'), page.getByText('Sign in again').click()]);
    await again.getByRole('button', { name: 'Sign in as development operator' }).click();
    await heading('You are signed in', again);
    await again.close();
    const [api] = run.pipeline.instancesOf('api');
    api!.signal('SIGSTOP');
    await send();
    await heading('The api does not answer');
    api!.signal('SIGCONT');
    expect(await page.getByLabel('Reason').inputValue()).toBe('no stock');
    await send();
    await page.getByText('Now: Cancelled').waitFor();
    expect(await page.getByText('no stock').count()).toBe(1);
  });

  it('says that the session ended on a page that updates itself, and goes on after a new sign-in', async () => {
    await page.goto(run.url);
    await context.clearCookies();
    await heading('Your session has ended');
    const [again] = await Promise.all([context.waitForEvent('page'), page.getByText('Sign in again').click()]);
    await again.getByRole('button', { name: 'Sign in as development operator' }).click();
    await heading('You are signed in', again);
    await again.close();
    await page.getByText('Your session has ended').waitFor({ state: 'detached' });
  });

  it('keeps the chosen orders and the search while the api does not answer', async () => {
    const { orderId } = await run.place('bookshop', { purchaseOrderNumber: 'PO-kept', unitPrice: 99_900 });
    await page.goto(`${run.url}/to-do`);
    await page.getByLabel(`Approve ${orderId}`).check();
    await page.getByLabel('Reason').fill('a good customer');
    const other = await openPage();
    await other.goto(`${run.url}/orders`);
    await other.getByLabel('Order id, number or customer').fill('bookshop');
    const [api] = run.pipeline.instancesOf('api');
    api!.signal('SIGSTOP');
    await other.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('button', { name: 'Approve the chosen orders' }).click();
    await heading('The api does not answer');
    await other.getByText('The api does not answer').waitFor();
    api!.signal('SIGCONT');
    expect(await page.getByLabel(`Approve ${orderId}`).isChecked()).toBe(true);
    expect(await page.getByLabel('Reason').inputValue()).toBe('a good customer');
    expect(await other.getByLabel('Order id, number or customer').inputValue()).toBe('bookshop');
    await page.getByRole('button', { name: 'Approve the chosen orders' }).click();
    await heading('Approved 1');
    await other.close();
  });

  it('is used by keyboard alone', async () => {
    const { orderId } = await run.place('cust-1');
    await page.goto(run.url);
    const press = async (name: string) => {
      for (let tabs = 0; tabs < 60; tabs += 1) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate<string>(
          'document.activeElement.textContent || document.activeElement.name',
        );
        if (focused.trim() === name) return;
      }
      throw new Error(`no way by keyboard to ${name}`);
    };
    await press('Skip to the content');
    await press('Orders');
    await page.keyboard.press('Enter');
    await heading('Orders');
    await press('text');
    await page.keyboard.type(orderId);
    await page.keyboard.press('Enter');
    await heading(`Order ${orderId}`);
    await press('Cancel');
    await page.keyboard.press('Enter');
    await heading('Cancel');
    await press('reason');
    await page.keyboard.type('by keyboard');
    await page.keyboard.press('Enter');
    await page.getByText('Now: Cancelled').waitFor();
  });

  it('gives a customer nothing', async () => {
    const customer = await browser.newContext();
    const visitor = await customer.newPage();
    await signIn('retail', visitor);
    await heading('You may not see this', visitor);
    for (const path of ['/', '/orders', '/to-do', '/dead-letters', '/activity']) {
      expect((await visitor.goto(run.url + path))?.status()).toBe(403);
      await heading('You may not see this', visitor);
    }
    await customer.close();
  });

  it('shows the service of one role the orders, and ends its session when it signs out', async () => {
    const fulfillment = await browser.newContext();
    const visitor = await fulfillment.newPage();
    await signIn('fulfillment', visitor);
    await heading('Orders', visitor);
    expect(await visitor.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Orders']);
    const cookies = await fulfillment.cookies();
    await visitor.getByRole('button', { name: 'Sign out' }).click();
    await heading('Sign in', visitor);
    await fulfillment.addCookies(cookies);
    await visitor.goto(`${run.url}/orders`);
    await heading('Sign in', visitor);
    await fulfillment.close();
  });

  it('refuses a form that was changed, and parameters that are invalid', async () => {
    const { orderId } = await run.place('bookshop', { purchaseOrderNumber: 'PO-forged', unitPrice: 99_900 });
    const headers = { origin: run.url };
    const post = (form: Record<string, string>, name: string) =>
      context.request.post(`${run.url}/orders/${orderId}/commands/${name}`, { headers, form });
    const key = orderId;
    expect((await post({ version: '1', key, part: '..' }, 'approveReturn')).status()).toBe(400);
    expect((await post({ version: 'x', key }, 'approveOrder')).status()).toBe(400);
    expect((await post({ reason: 'x'.repeat(70_000) }, 'approveOrder')).status()).toBe(413);
    for (const path of ['/orders?text=a&text=b', '/to-do?list=stuck-confirmed&hours=1e300']) {
      expect((await context.request.get(run.url + path)).status()).toBe(200);
    }
    expect((await context.request.get(`${run.url}/orders/%2e%2e%2fx`)).status()).toBe(404);
    await find(orderId);
    await page.getByText('Now: Awaiting approval').waitFor();
  });

  it('takes forms of its own pages only, and answers as localhost only', async () => {
    const [cookie] = await context.cookies();
    const name = `console_session_${run.pipeline.ports.CONSOLE_PORT}`;
    expect(cookie).toMatchObject({ name, httpOnly: true, sameSite: 'Lax' });
    const post = (headers: Record<string, string>) =>
      context.request.post(`${run.url}/to-do/approvals`, { headers, form: {} }).then((answer) => answer.status());
    expect(await post({ origin: 'https://shop.example.com' })).toBe(403);
    expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post({ host: 'shop.example.com', origin: 'http://shop.example.com' })).toBe(403);
    expect(await post({ origin: run.url })).toBe(201);
    await page.goto(run.url);
    expect(await page.content()).not.toContain(cookie!.value.slice(0, 20));
    expect(errors).toEqual([]);
  });

  it('starts one redrive when its form is sent twice', async () => {
    await run.poison(run.pipeline.aws.resources.ordersDeadLetterQueueUrl, ['{"type":"twice"}']);
    await page.goto(`${run.url}/dead-letters/orders-dlq/redrive?what=twice`);
    const form = { id: await page.locator('[name=id]').inputValue(), why: '- sent twice' };
    const send = () => context.request.post(`${run.url}/dead-letters/moves`, { headers: { origin: run.url }, form });
    const [first, second] = [await send(), await send()];
    expect(first.url()).toBe(`${run.url}/dead-letters/moves/${form.id}`);
    expect(second.url()).toBe(first.url());
    await page.goto(first.url());
    await page.getByText('Done').waitFor();
    await page.goto(`${run.url}/activity`);
    expect(await page.getByRole('row', { name: '- sent twice' }).count()).toBe(1);
  });

  it('shows two reports of a period, and says which period is wrong', async () => {
    await run.place('report-reader');
    await page.goto(`${run.url}/reports`);
    await heading('sales by day');
    const today = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Berlin' }).format(new Date());
    await page.getByRole('cell', { name: today }).first().waitFor();
    await heading('durations');
    await page.getByRole('cell', { name: 'decided' }).first().waitFor();
    await page.goto(`${run.url}/reports?from=2026-02-02&to=2026-01-01`);
    await heading('These days are not a period');
    await page.getByText('from must be before to').waitFor();
    expect(errors).toEqual([]);
  });
});
