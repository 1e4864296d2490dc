import { eventSchemas, type ObjectSchema } from '#libs/order-requests';
import { serviceMetrics, type MetricDefinition } from '#libs/metrics';
import {
  COMMAND_NAMES,
  type CommandName,
  may,
  ORDER_EVENT_NAMES,
  ORDER_EVENTS,
  type OrderEventName,
  type OrderStatus,
  type Permission,
  ROLES,
  TRANSITIONS,
} from '#libs/orders';
import { TARIFF } from '../apps/api/src/auth/tariff.ts';
import { COMMAND_ROUTES } from '../apps/api/src/changes/command-routes.ts';
import { type DocumentedTable, pageOf } from './harness/documented-table.ts';

/* Tables in docs that repeat code are written by `npm run docs`, between comments that name them. */

const envelope = eventSchemas()['order-event.v1.schema.json'] as ObjectSchema;

const TABLES: DocumentedTable[] = [
  {
    page: 'http-api.md',
    name: 'commands',
    header: ['`POST`', 'command', 'allowed for', 'from status'],
    rows: [
      ['`/v1/orders`', '`placeOrder`', allowedFor('placeOrder'), ''],
      ['`/v1/order-batches`', '`placeOrderBatch`', allowedFor('placeOrderBatch'), ''],
      ...COMMAND_NAMES.map(commandRow),
    ],
  },
  {
    page: 'http-api.md',
    name: 'tariff',
    header: ['operation', 'units', 'in addition'],
    rows: Object.entries(TARIFF).map(([operation, { units, more = '' }]) => [`\`${operation}\``, String(units), more]),
  },
  {
    page: 'consuming-events.md',
    name: 'fields',
    header: ['field', ''],
    rows: Object.entries(envelope.properties).map(([name, { description }]) => [`\`${name}\``, String(description)]),
  },
  {
    page: 'consuming-events.md',
    name: 'events',
    header: ['event', 'what happened', '`previousStatus`', '`order.status`'],
    rows: ORDER_EVENT_NAMES.map(eventRow),
  },
  {
    page: 'architecture.md',
    name: 'metrics',
    header: ['service', 'metric', 'kind', 'unit', 'dimensions', 'meaning'],
    rows: Object.entries(serviceMetrics).flatMap(([service, metrics]) =>
      Object.entries<MetricDefinition>(metrics).map(([name, { kind, unit, dimensions = [], description }]) => {
        const named = dimensions.map((dimension) => `\`${dimension}\``).join(', ');
        return [service, `\`${name}\``, kind, unit, named, description];
      }),
    ),
  },
];

function commandRow(name: CommandName): string[] {
  const { path } = COMMAND_ROUTES[name];
  const from = TRANSITIONS.filter(({ command }) => command === name).map((transition) => String(transition.from));
  const route = `\`…/{orderId}/${path.replace(/:(\w+)/, '{$1}')}\``;
  return [route, `\`${name}\``, allowedFor(name), [...new Set(from)].join(', ')];
}

function eventRow(name: OrderEventName): string[] {
  const transitions = TRANSITIONS.filter(({ event }) => event === name);
  const list = (statuses: (OrderStatus | null)[]) => [...new Set(statuses)].map((status) => `\`${status}\``).join(', ');
  const before = list(transitions.map(({ from }) => from));
  const after = list(transitions.map(({ to }) => to));
  const isSame = transitions.every(({ from, to }) => from === to);
  return [`\`${name}\``, ORDER_EVENTS[name], before, isSame ? 'the same' : after];
}

/** Roles that may do it with any order, and "own" for customers with theirs. */
function allowedFor(permission: Permission): string {
  const rolesWith = (isOwn: boolean) => ROLES.filter((role) => may({ subject: 'x', roles: [role] }, permission, isOwn));
  const [any, own] = [rolesWith(false), rolesWith(true)];
  const customers = own.filter((role) => !any.includes(role)).map((role) => `${role} (own)`);
  const notOwn = any.some((role) => !own.includes(role)) ? ' (not own)' : '';
  return [...customers, ...any.map((role) => `${role}${notOwn}`)].join(', ');
}

describe('tables in docs', () => {
  it.each(TABLES)('$page has the $name as the code defines them', async (table) => {
    const { text, current } = await pageOf(table);
    expect(text).toBe(current);
  });
});
