import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
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
import { monthlyCosts, ORDERS_A_MONTH } from '../lab/scaling/monthly-costs.ts';
import { platformOf } from '../lab/scaling/platform.ts';
import type { StageConfig } from '../infra/lib/config.ts';
import { stages } from '../infra/lib/stages.ts';

const { month } = monthlyCosts(platformOf(stages['production'] as StageConfig));
const dollars = (amount: number) => `$${Math.round(amount).toLocaleString('en-US')}`;

/* Tables in docs that repeat code are written by `npm run docs`, between comments that name them. */

interface Table {
  page: string;
  name: string;
  header: string[];
  rows: string[][];
}

const TABLES: Table[] = [
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
    name: 'events',
    header: ['event', 'what happened', '`previousStatus`', '`order.status`'],
    rows: ORDER_EVENT_NAMES.map(eventRow),
  },
  {
    page: 'scaling.md',
    name: 'costs',
    header: ['orders a month', 'containers', 'Lambda'],
    rows: ORDERS_A_MONTH.map((orders) => {
      const { containers, lambda } = month(orders);
      return [orders === 0 ? 'none' : orders.toLocaleString('en-US'), dollars(containers), dollars(lambda)];
    }),
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

function withTable(text: string, { name, header, rows }: Table): string {
  const lines = [header, header.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const [begin, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- /${name} -->`];
  expect(text).toContain(begin);
  const [before] = text.split(begin) as [string];
  const after = text.slice(text.indexOf(end));
  return `${before}${begin}\n\n${lines.join('\n')}\n\n${after}`;
}

describe('tables in docs', () => {
  it.each(TABLES)('$page has the $name as the code defines them', async (table) => {
    const file = new URL(`../docs/${table.page}`, import.meta.url);
    const text = readFileSync(file, 'utf8');
    const current = await format(withTable(text, table), { parser: 'markdown', printWidth: 120, singleQuote: true });
    if (process.env['DOCS'] === 'write') writeFileSync(file, current);
    else expect(text).toBe(current);
  });
});
