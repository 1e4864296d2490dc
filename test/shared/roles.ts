import { randomUUID } from 'node:crypto';
import {
  COMMAND_NAMES,
  may,
  mayAtAll,
  type Order,
  ORDER_STATUSES,
  type Permission,
  type Role,
  ROLES,
  STAFF_ROLES,
  WORK_LISTS,
} from '#libs/orders';
import { COMMAND_ROUTES } from '../../apps/api/src/changes/command-routes.ts';
import { anOrderRequest, aWholesaleRequest } from '../../libs/orders/src/testing/order-factory.ts';
import type { Pipeline } from '../harness/pipeline.ts';
import { APPROVAL_LIMIT } from './settings.ts';

const COMMANDS = COMMAND_NAMES.map((name) => {
  return [`POST /v1/orders/{orderId}/${COMMAND_ROUTES[name].path.replace(/:(\w+)/, '{$1}')}`, name] as const;
});

/** The permission that each operation needs. An operation that is not a command must be added here. */
const NEEDED: Record<string, Permission> = {
  'GET /v1/orders': 'listOrders',
  'GET /v1/orders/{orderId}': 'readOrder',
  'GET /v1/orders/{orderId}/history': 'readOrder',
  'GET /v1/orders/{orderId}/events': 'readOrder',
  'GET /v1/orders/{orderId}/invoice': 'readOrder',
  'GET /v1/orders/{orderId}/credit-notes/{number}': 'readOrder',
  'GET /v1/orders/{orderId}/commands/{commandId}': 'readOrder',
  'POST /v1/order-batches': 'placeOrderBatch',
  'GET /v1/order-batches/{batchId}': 'placeOrderBatch',
  ...Object.fromEntries(COMMANDS),
};
/** A wholesale order needs a second permission. */
const PLACE = 'POST /v1/orders';

const items = [{ lineNumber: 1, quantity: 1 }];
const BODIES: Partial<Record<Permission, object>> = {
  createShipment: { carrier: 'DHL', trackingNumber: 'JD0146', items },
  requestReturn: { items, reason: 'leaks' },
};

export function rolesTests(running: () => Pipeline): void {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = running();
  });

  const operations = () => pipeline.openApi.operations.filter((operation) => operation.includes(' /v1/'));

  /** Places an order that awaits approval. The id of the order is also the id of its command. */
  async function placed(customerId: string): Promise<Order> {
    const token = await pipeline.token(customerId, 'wholesale');
    const { body } = await pipeline.place(token, aWholesaleRequest(APPROVAL_LIMIT), randomUUID(), {
      prefer: 'wait=10',
    });
    return body as unknown as Order;
  }

  async function statusOf(operation: string, orderId: string, token?: string, body?: unknown): Promise<number> {
    const [method, path] = operation.split(' ') as [string, string];
    const parameters: Record<string, string> = {
      orderId,
      commandId: orderId,
      batchId: orderId,
      shipmentId: '1',
      returnId: '1',
      number: '1',
    };
    const url = new URL(
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name]!),
      pipeline.url,
    );
    const response = await fetch(url, {
      method,
      headers: {
        'idempotency-key': randomUUID(),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const isDocument = status === 200 && /invoice$|credit-notes/.test(url.pathname);
    expect(headers.get('cache-control')).toBe(isDocument ? 'private, no-cache' : 'private, no-store');
    const contentType = headers.get('content-type') ?? '';
    const answer: unknown = contentType.includes('json') ? await response.json() : await response.body?.cancel();
    pipeline.openApi.assertDescribes({ method, path: url.pathname, status, contentType, body: answer });
    return status === 404 && !isOrderUnseen(answer) ? 200 : status;
  }

  it('has every operation of the api', () => {
    expect(operations().toSorted()).toEqual([...Object.keys(NEEDED), PLACE].toSorted());
  });

  it('answers 401 to every operation without a token', async () => {
    for (const operation of operations()) expect([operation, await statusOf(operation, 'x')]).toEqual([operation, 401]);
  });

  const roleSets: Role[][] = [
    ...ROLES.map((role) => [role]),
    ...STAFF_ROLES.map((role): Role[] => ['wholesale', role]),
  ];
  const cases = roleSets.flatMap((roles) =>
    [true, false].map((isOwn) => ({ roles, isOwn, whose: isOwn ? 'their own' : "another customer's" })),
  );

  it.each(cases)('decides what $roles may do with $whose order', async ({ roles, isOwn }) => {
    const subject = `caller-${randomUUID()}`;
    const token = await pipeline.token(subject, ...roles);
    const { orderId } = await placed(isOwn ? subject : 'another-customer');
    for (const [operation, permission] of Object.entries(NEEDED).filter(([name]) => name.includes('{orderId}'))) {
      const status = await statusOf(operation, orderId, token, BODIES[permission]);
      expect([operation, expected({ subject, roles, isOwn, permission })]).toEqual([operation, kindOf(status)]);
    }
  });

  it('lets no customer with a role of staff decide on their own order, at any of its steps', async () => {
    const token = await pipeline.token(`both-${randomUUID()}`, ...ROLES);
    const others = await pipeline.token('staff-1', ...ROLES);
    const { body } = await pipeline.place(token, anOrderRequest(), randomUUID(), { prefer: 'wait=10' });
    const orderId = String(body['orderId']);
    const steps: [path: string, status: number, body?: object | undefined][] = [
      ['fulfillment', 403],
      ['shipments', 403, { ...BODIES.createShipment, items: [{ lineNumber: 1, quantity: 2 }] }],
      ['shipments/1/delivery', 403],
      ['returns', 200, BODIES.requestReturn],
      ['returns/1/approval', 403],
      ['returns/1/receipt', 403],
      ['returns/1/closure', 403],
    ];
    for (const [path, status, content] of steps) {
      const answer = await pipeline.change(token, orderId, path, content, { prefer: 'wait=10' });
      expect([path, answer.status]).toEqual([path, status]);
      if (status === 403) await pipeline.changed(others, orderId, path, content);
      if (path !== 'fulfillment') continue;
      expect((await pipeline.change(token, orderId, 'cancellation')).status).toBe(409);
    }
    expect((await pipeline.request(`/v1/orders/${orderId}/invoice`, token)).status).toBe(200);
  });

  it.each([...ROLES])('answers 403 to %s before it reads the body', async (role) => {
    const token = await pipeline.token(`caller-${randomUUID()}`, role);
    const posts = [...Object.entries(NEEDED), [PLACE, 'placeOrder'] as const].filter(([name]) =>
      name.startsWith('POST'),
    );
    for (const [operation, permission] of posts) {
      if (mayAtAll({ subject: 'x', roles: [role] }, permission)) continue;
      const status = await statusOf(operation, 'x', token, '{"not":');
      expect([operation, status]).toEqual([operation, 403]);
    }
  });

  it.each([...ROLES])('decides what %s may place and list', async (role) => {
    const subject = `caller-${randomUUID()}`;
    const token = await pipeline.token(subject, role);
    const permitted = (permission: Permission) =>
      mayAtAll({ subject: 'x', roles: [role] }, permission) ? 'MAY' : 'MAY_NOT';
    const batch = [anOrderRequest()];
    const kinds = {
      placeOrder: kindOf(await statusOf(PLACE, '', token, anOrderRequest())),
      placeWholesaleOrder: kindOf(await statusOf(PLACE, '', token, aWholesaleRequest(1))),
      placeOrderBatch: kindOf(await statusOf('POST /v1/order-batches', '', token, batch)),
      listOrders: kindOf((await pipeline.request(`/v1/orders?customerId=${subject}`, token)).status),
    };
    for (const [permission, kind] of Object.entries(kinds)) {
      expect([permission, kind]).toEqual([permission, permitted(permission as Permission)]);
    }
    const othersOrders = (await pipeline.request('/v1/orders?customerId=another-customer', token)).status;
    expect(kindOf(othersOrders)).toBe(may({ subject: 'x', roles: [role] }, 'listOrders', false) ? 'MAY' : 'MAY_NOT');
  });

  it.each([...ROLES])('lets %s list the work of its own', async (role) => {
    const token = await pipeline.token(`caller-${randomUUID()}`, role);
    const isCustomer = role === 'retail' || role === 'wholesale';
    const queries = Object.keys(WORK_LISTS).map((list) => [list, `${isStatus(list) ? 'status' : 'returns'}=${list}`]);
    const listed: string[] = [];
    for (const [list = '', query] of queries.filter(([name = '']) => !isCustomer || !isStatus(name))) {
      const { status } = await pipeline.request(`/v1/orders?${query}`, token);
      if (kindOf(status) === 'MAY') listed.push(list);
    }
    expect(listed.join(' ')).toBe(MAY_LIST[role]);
    for (const number of ['purchaseOrderNumber', 'paymentReference', 'invoiceNumber', 'importedNumber']) {
      const { status } = await pipeline.request(`/v1/orders?${number}=none`, token);
      expect([number, status]).toEqual([number, role === 'operator' ? 200 : 403]);
    }
  });
}

/** The lists of work of each role. */
const MAY_LIST: Record<Role, string> = {
  retail: '',
  wholesale: '',
  operator: 'AWAITING_APPROVAL CONFIRMED IN_FULFILLMENT PARTIALLY_SHIPPED REQUESTED APPROVED RECEIVED',
  fulfillment: 'CONFIRMED IN_FULFILLMENT PARTIALLY_SHIPPED APPROVED',
  accounting: 'RECEIVED',
  checkout: '',
};
const isStatus = (list: string) => ORDER_STATUSES.some((status) => status === list);

type Kind = 'MAY' | 'MAY_NOT' | 'NOT_SEEN';

interface Case {
  subject: string;
  roles: Role[];
  isOwn: boolean;
  permission: Permission;
}

function expected({ subject, roles, isOwn, permission }: Case): Kind {
  const caller = { subject, roles };
  if (!mayAtAll(caller, permission)) return 'MAY_NOT';
  if (!isOwn && !may(caller, 'readOrder', false)) return 'NOT_SEEN';
  return may(caller, permission, isOwn) ? 'MAY' : 'MAY_NOT';
}

/** A visible order may lack an invoice or a return, which is 404 as well. */
function isOrderUnseen(problem: unknown): boolean {
  return /^there is no (order|batch)/.test((problem as { detail: string }).detail);
}

/** Most commands do not fit the status of the order: 409 shows that the caller has the permission, as does 400. */
function kindOf(status: number): Kind {
  if (status === 403) return 'MAY_NOT';
  if (status === 404) return 'NOT_SEEN';
  expect([200, 201, 202, 400, 409]).toContain(status);
  return 'MAY';
}
