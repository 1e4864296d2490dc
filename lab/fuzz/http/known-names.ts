import { aFreshOrder, ROLES } from '#libs/orders';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { postAndWait } from '../../api-call.ts';
import type { RawAnswer } from '../../answer-reader.ts';
import type { Lookup } from './fuzz-request.ts';

const KEPT = 64;
const ORDERS_AT_FIRST = 24;

/** The values of the names in requests: tokens, and the orders, commands, batches and cursors of the latest answers. */
export class KnownNames {
  private readonly tokens: Readonly<Record<string, string>>;
  private readonly kid: string;
  private readonly ids: Record<string, string[]> = { order: [], command: [], batch: [], cursor: [] };

  private constructor(tokens: Readonly<Record<string, string>>) {
    this.tokens = tokens;
    const [header = ''] = Object.values(tokens)[0]!.split('.');
    this.kid = (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
  }

  /** Requests tokens, and places some orders, each at a different point of its life. */
  static async of(pipeline: LocalPipeline): Promise<KnownNames> {
    const entries = [['all', [...ROLES]] as const, ...ROLES.map((role) => [role, [role]] as const)];
    const tokens = await Promise.all(
      entries.map(async ([name, roles]) => [name, await pipeline.token(`fuzz-${name}`, ...roles)] as const),
    );
    const names = new KnownNames(Object.fromEntries(tokens));
    for (let n = 0; n < ORDERS_AT_FIRST; n += 1) await names.lead(pipeline.apiUrl, n % 6);
    return names;
  }

  readonly lookup: Lookup = (kind, which) => {
    if (kind === 'token') return this.tokens[which] ?? '';
    if (kind === 'subject') return `fuzz-${which}`;
    if (kind === 'jose')
      return Buffer.from(Buffer.from(which, 'hex').toString().replace('{{kid}}', this.kid)).toString('base64url');
    const known = this.ids[kind] ?? [];
    return known[Number(which) % known.length] ?? 'none';
  };

  /** Keeps the ids in an answer in place of the oldest. */
  learn({ status, body }: RawAnswer): void {
    if (status < 200 || status > 202 || body.length === 0 || body[0] !== 0x7b) return;
    const { orderId, commandId, batchId, nextCursor } = JSON.parse(body.toString()) as Record<string, unknown>;
    const ids = { order: orderId, command: commandId, batch: batchId, cursor: nextCursor };
    for (const [kind, id] of Object.entries(ids)) {
      if (typeof id !== 'string') continue;
      const known = this.ids[kind]!;
      if (known.includes(id)) continue;
      known.push(id);
      // The first orders stay, because they are the furthest in their lives.
      if (known.length > KEPT) known.splice(ORDERS_AT_FIRST, 1);
    }
  }

  /** Places an order and makes this many steps of its life. */
  private async lead(apiUrl: string, steps: number): Promise<void> {
    const { orderId } = await this.post(`${apiUrl}/v1/orders`, 'all', aFreshOrder());
    this.ids['order']!.push(orderId!);
    const items = [{ lineNumber: 1, quantity: 1 }];
    const life = [
      ['fulfillment', 'fulfillment', undefined],
      ['shipments', 'fulfillment', { carrier: 'DHL', trackingNumber: 'T-1', items }],
      ['shipments/1/delivery', 'fulfillment', undefined],
      ['returns', 'all', { items, reason: 'broken' }],
      ['returns/1/approval', 'operator', undefined],
    ] as const;
    for (const [path, who, body] of life.slice(0, steps)) {
      const { commandId } = await this.post(`${apiUrl}/v1/orders/${orderId}/${path}`, who, body);
      if (commandId) this.ids['command']!.push(commandId);
    }
  }

  private async post(url: string, who: string, body: object | undefined): Promise<Record<string, string>> {
    const answer = await postAndWait(url, this.tokens[who]!, body);
    if (answer.status === 'none' || answer.status > 201) throw new Error(`POST ${url}: ${JSON.stringify(answer)}`);
    return answer.body as Record<string, string>;
  }
}
