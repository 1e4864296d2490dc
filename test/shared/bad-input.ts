import { randomUUID } from 'node:crypto';
import type { RawAnswer } from '../../lab/answer-reader.ts';
import { AnswerOracle } from '../../lab/fuzz/http/answer-oracle.ts';
import { HeldConnection, RawConnection } from '../../lab/raw-connection.ts';
import { anOrderRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from '../harness/pipeline.ts';

/** A busy machine answers in this time. */
const ANSWER_BOUND_MS = 30_000;

/** Input that `npm run fuzz` has found; each error is fixed. */
export function badInputTests(running: () => Pipeline): void {
  let pipeline: Pipeline;
  let token: string;

  beforeAll(async () => {
    pipeline = running();
    token = await pipeline.token('cust-1');
  });

  /** Sends the head as it is; the answer must be as `/openapi.json` says. */
  async function ask(method: string, target: string, ...headers: string[]): Promise<RawAnswer> {
    const connection = new RawConnection(pipeline.ports.API_PORT, ANSWER_BOUND_MS);
    const outcome = await connection.ask(
      Buffer.from([`${method} ${target} HTTP/1.1`, ...headers, '', ''].join('\r\n')),
      false,
    );
    connection.close();
    expect(new AnswerOracle(pipeline.openApi).errorsOf({ method, target }, outcome)).toEqual([]);
    return (outcome as { answer: RawAnswer }).answer;
  }

  it.each(['/v1/orders/[x]', '/v1/orders?limit[]=1', '//other/v1', '//a:b', '/v1#a#b'])(
    'is answered with a problem that has a valid instance: %s',
    async (target) => {
      expect((await ask('GET', target, 'host: api', `authorization: Bearer ${token}`)).status).toBeGreaterThanOrEqual(
        400,
      );
    },
  );

  it('may have an unknown expectation, which is ignored', async () => {
    expect((await ask('GET', '/health/live', 'host: api', 'expect: miracles')).status).toBe(200);
  });

  it('is refused without a Host header', async () => {
    expect((await ask('GET', '/health/live')).status).toBe(400);
  });

  it('is answered 404 when it asks for a tunnel', async () => {
    expect((await ask('CONNECT', 'api:443', 'host: api')).status).toBe(404);
  });

  it('may ask for a tunnel and disconnect, without any effect on other connections', async () => {
    const other = await HeldConnection.open(pipeline.ports.API_PORT);
    const tunnel = 'CONNECT api:443 HTTP/1.1\r\nhost: api\r\n\r\n';
    for (const head of [tunnel, `GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: api\r\n\r\n${tunnel}`]) {
      for (let n = 0; n < 20; n += 1) {
        const held = await HeldConnection.open(pipeline.ports.API_PORT);
        await new Promise((written) => held.socket.write(head, written));
        held.socket.resetAndDestroy();
      }
    }
    other.socket.write('GET /health/live HTTP/1.1\r\nhost: api\r\n\r\n');
    expect((await other.answered(1, ANSWER_BOUND_MS)).map(({ status }) => status)).toEqual([200]);
    other.drop();
  });

  it.each(['/docs/.', '/docs/..', '/docs/%2e%2e/package.json', '/docs/.git'])('finds nothing at %s', async (target) => {
    expect((await ask('GET', target, 'host: api')).status).toBe(404);
  });

  it.each(['if-unmodified-since: Thu, 01 Jan 1970 00:00:00 GMT', 'range: bytes=99999999-', 'if-match: "x"'])(
    'gets the whole file of the documents for %s',
    async (header) => {
      expect((await ask('GET', '/docs/swagger-ui.css', 'host: api', header)).status).toBe(200);
    },
  );

  it('runs no script in /docs that is not a file of it, and keeps no token there', async () => {
    const [answer, sameAnswer] = await Promise.all(['docs', '%64ocs'].map((path) => fetch(`${pipeline.url}/${path}`)));
    for (const { headers } of [answer!, sameAnswer!]) {
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    }
    expect(await answer!.text()).not.toMatch(/<script(?![^>]* src=)|\son\w+=/);
    const settings = await (await fetch(`${pipeline.url}/docs/swagger-ui-init.js`)).text();
    expect(settings).not.toContain('persistAuthorization');
  });

  it('may be two requests at once; the next one is refused, and the connection is closed', async () => {
    const heads = (count: number) =>
      Array.from(
        { length: count },
        (_, n) => `GET /v1/orders/${n} HTTP/1.1\r\nhost: api\r\nauthorization: Bearer ${token}\r\n\r\n`,
      ).join('');
    const held = await HeldConnection.open(pipeline.ports.API_PORT);
    held.socket.write(heads(2));
    await held.answered(2, ANSWER_BOUND_MS);
    held.socket.write(heads(500));
    expect(await held.closed(ANSWER_BOUND_MS)).toBe(true);
    const statuses = held.answers.map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 404, 404, 429]);
    expect(
      new AnswerOracle(pipeline.openApi).errorsOf(
        { method: 'GET', target: '/v1/orders/1' },
        { answer: held.answers.at(-1)!, tookMs: 0 },
      ),
    ).toEqual([]);
  });

  it('has no discount above the price of the goods, and no tax above the rate, on any channel', async () => {
    const lineItems = [{ sku: 'A-1', name: 'Soap', quantity: 1, unitPrice: 10_000 }];
    const payment = { ...anOrderRequest().payment, amount: 9_900 };
    const amounts = { lineItems, shipping: 0, tax: 4_900, discount: 5_000, total: 9_900, payment };
    const tooMuchTax = { pointer: '/tax', detail: 'must be at most 1501: 30 % of 5000, rounded up' };
    const wholesale = await pipeline.token('shop-1', 'wholesale');
    for (const channel of [{}, { channel: 'WHOLESALE', purchaseOrderNumber: 'PO-1' } as const]) {
      const ask = (changes: object) =>
        pipeline.place(wholesale, anOrderRequest({ ...amounts, ...channel, ...changes }), randomUUID());
      expect(await ask({})).toMatchObject({ status: 400, body: { errors: [tooMuchTax] } });
      const tooMuchDiscount = { pointer: '/discount', detail: 'must be at most the price of the goods, 10000' };
      const balanced = { discount: 10_001, tax: 9_901 };
      expect(await ask(balanced)).toMatchObject({
        status: 400,
        body: { errors: [tooMuchDiscount, { pointer: '/tax' }] },
      });
    }
  });
}
