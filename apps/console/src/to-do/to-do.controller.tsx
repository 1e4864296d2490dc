import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Post, Query, UseGuards } from '@nestjs/common';
import { isOrderId, type OrderSummary } from '#libs/orders';
import { textOf } from '../../../../operations/terminal.ts';
import { ShownError } from '../http/shown-error.ts';
import { OrdersApi } from '../orders/orders-api.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Field, Form, LinkButton, Select } from '../view/form.tsx';
import { type Child, Fragment, h } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { NextPage, ORDER_HEAD, orderCells, OrderLink, Table } from '../view/table.tsx';

/** What waits for somebody: the parameters of the api's list for each tab. */
const TABS = {
  approvals: { label: 'Approvals', query: { status: 'AWAITING_APPROVAL' } },
  'returns-requested': { label: 'Returns to decide', query: { returns: 'REQUESTED' } },
  'returns-approved': { label: 'Returns on their way', query: { returns: 'APPROVED' } },
  'returns-received': { label: 'Returns to credit', query: { returns: 'RECEIVED' } },
  'stuck-confirmed': { label: 'Stuck: confirmed', query: { status: 'CONFIRMED' }, stuck: true },
  'stuck-packing': { label: 'Stuck: in fulfillment', query: { status: 'IN_FULFILLMENT' }, stuck: true },
  'stuck-shipping': { label: 'Stuck: partially shipped', query: { status: 'PARTIALLY_SHIPPED' }, stuck: true },
} as const satisfies Record<string, { label: string; query: Record<string, string>; stuck?: true }>;
type Tab = keyof typeof TABS;

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
const STUCK_AFTER_HOURS = { 1: '1 hour', 24: '24 hours', 72: '3 days', 168: '7 days' };
/** The api starts as many requests of a caller at a time. */
const APPROVALS_AT_ONCE = 4;
const MAX_APPROVALS = 100;

interface Outcome {
  orderId: string;
  isApproved: boolean;
  error?: unknown;
}

@Controller('to-do')
@UseGuards(OperatorGuard)
export class ToDoController {
  constructor(
    private readonly api: OrdersApi,
    private readonly operations: Operations,
  ) {}

  @Get()
  async list(@CurrentVisit() visit: Visit, @Query() { list = 'approvals', hours, cursor }: Record<string, string>) {
    const tab = Object.hasOwn(TABS, list) ? (list as Tab) : 'approvals';
    const { label, query, stuck }: { label: string; query: Record<string, string>; stuck?: true } = TABS[tab];
    const stuckHours = Object.hasOwn(STUCK_AFTER_HOURS, hours ?? '') ? Number(hours) : DEFAULT_HOURS;
    const to = stuck && new Date(Date.now() - stuckHours * HOUR_MS).toISOString();
    const found = await this.api.list(visit.session.token, { ...query, to, cursor });
    return page(
      visit,
      `To do: ${label}`,
      <>
        <h1>To do</h1>
        <nav class="tabs" aria-label="Lists">
          {Object.entries(TABS).map(([name, { label: text }]) => (
            <a href={`/to-do?list=${name}`} aria-current={name === tab ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        {stuck && <StuckFor tab={tab} hours={stuckHours} />}
        {tab === 'approvals' && found.data.length > 0 ? (
          <Approvals orders={found.data} visit={visit} />
        ) : (
          <Table
            head={['Waiting', ...ORDER_HEAD]}
            numbers={[5]}
            rows={found.data.map((order) => [ageOf(order, visit), ...orderCells(order, visit.reader)])}
          />
        )}
        <NextPage url={visit.url} cursor={found.nextCursor} shown={found.data.length} />
      </>,
    );
  }

  /** Approves the chosen orders, each at the version that the list showed. */
  @Post('approvals')
  async approve(
    @CurrentVisit() visit: Visit,
    @Body() { order, key = '', reason = '' }: { order?: string | string[]; key?: string; reason?: string },
  ) {
    const chosen = [order ?? []].flat().slice(0, MAX_APPROVALS);
    const orders = chosen.map((text) => text.split(':') as [string, string]).filter(([orderId]) => isOrderId(orderId));
    const work = async () => {
      const outcomes: Outcome[] = [];
      for (let from = 0; from < orders.length; from += APPROVALS_AT_ONCE) {
        const some = orders.slice(from, from + APPROVALS_AT_ONCE);
        outcomes.push(...(await Promise.all(some.map((one) => this.approval(visit.session.token, one, key)))));
      }
      const [first] = outcomes;
      // The form stays with what was typed, to be sent again.
      if (first && outcomes.every(({ error }) => error && isInterruption(error))) throw first.error;
      return outcomes;
    };
    const outcomes = await this.operations.logged(
      visit.session,
      'approveOrder',
      { orders: orders.map(([orderId]) => orderId) },
      reason.trim(),
      work,
      (all) => (all.every(({ isApproved }) => isApproved) ? 'DONE' : 'SOMETHING_STAYED'),
    );
    const approved = outcomes.filter(({ isApproved }) => isApproved).length;
    return page(
      visit,
      'Approvals',
      <>
        <h1>{approved === orders.length ? `Approved ${approved}` : `Approved ${approved} of ${orders.length}`}</h1>
        <Table
          head={['Order', 'Outcome']}
          rows={outcomes.map(({ orderId, isApproved, error }) => [
            <OrderLink orderId={orderId} />,
            isApproved ? 'approved' : error ? textOf(error) : 'accepted, not decided yet',
          ])}
        />
        <LinkButton kind="primary" href="/to-do">
          Back to the list
        </LinkButton>
      </>,
    );
  }

  private async approval(token: string, [orderId, version]: [string, string], key: string): Promise<Outcome> {
    const command = { name: 'approveOrder', key, orderId, ifVersion: Number(version) } as const;
    return this.api.send(token, command).then(
      (order) => ({ orderId, isApproved: order !== undefined }),
      (error: unknown) => ({ orderId, isApproved: false, error }),
    );
  }
}

/** Whether the api, or the session, was gone: the same request may succeed later. */
function isInterruption(error: unknown): boolean {
  return error instanceof ShownError && (error.status >= 500 || error.status === 401);
}

function Approvals({ orders, visit }: { orders: readonly OrderSummary[]; visit: Visit }) {
  const box = ({ orderId, version }: OrderSummary): Child => (
    <input type="checkbox" name="order" value={`${orderId}:${version}`} aria-label={`Approve ${orderId}`} />
  );
  return (
    <Form action="/to-do/approvals" hidden={{ key: randomUUID() }} submit="Approve the chosen orders">
      <Table
        head={['Choose', 'Waiting', ...ORDER_HEAD]}
        numbers={[6]}
        rows={orders.map((order) => [box(order), ageOf(order, visit), ...orderCells(order, visit.reader)])}
      />
      <Field label="Reason" name="reason" maxlength="500" hint="Only the activity shows it." />
    </Form>
  );
}

function StuckFor({ tab, hours }: { tab: Tab; hours: number }) {
  return (
    <form class="search">
      <input type="hidden" name="list" value={tab} />
      <Select label="Unchanged for more than" name="hours" options={STUCK_AFTER_HOURS} chosen={String(hours)} />
      <button>Show</button>
    </form>
  );
}

function ageOf({ since, placedAt }: OrderSummary, { reader }: Visit): string {
  return reader.age(since ?? placedAt);
}
