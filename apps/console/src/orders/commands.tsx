import {
  allowedCommands,
  CHANGE_ORDER,
  type CommandName,
  decideChange,
  type LineQuantity,
  type ReturnRequestStatus,
  type StoredOrder,
  unshippedItems,
} from '#libs/orders';
import type { Session } from '../session/sessions.ts';
import { Field } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import type { Reader } from '../view/reader.ts';

/** Only customers request returns, of their own orders. */
export type ConsoleCommand = Exclude<CommandName, 'requestReturn'>;

interface CommandView {
  label: string;
  /** What the command is about, if not the whole order. */
  part?: 'shipmentId' | 'returnId';
  /** The status of the returns that the command is about. */
  returns?: ReturnRequestStatus;
}

export const COMMAND_VIEWS: Readonly<Record<ConsoleCommand, CommandView>> = {
  approveOrder: { label: 'Approve' },
  rejectOrder: { label: 'Reject' },
  cancelOrder: { label: 'Cancel' },
  startFulfillment: { label: 'Start to pack' },
  createShipment: { label: 'Ship' },
  deliverShipment: { label: 'Report delivery', part: 'shipmentId' },
  approveReturn: { label: 'Approve return', part: 'returnId', returns: 'REQUESTED' },
  declineReturn: { label: 'Decline return', part: 'returnId', returns: 'REQUESTED' },
  receiveReturn: { label: 'Report that goods are back', part: 'returnId', returns: 'APPROVED' },
  closeReturn: { label: 'Close return with a credit note', part: 'returnId', returns: 'RECEIVED' },
};

const NEGATIVE: ReadonlySet<CommandName> = new Set(['rejectOrder', 'cancelOrder', 'declineReturn']);

/** Whether the command refuses something to the customer, who may read its reason. */
export function isNegative(name: CommandName): boolean {
  return NEGATIVE.has(name);
}

export function isConsoleCommand(name: string | undefined): name is ConsoleCommand {
  return name !== undefined && Object.hasOwn(COMMAND_VIEWS, name);
}

/** The commands that the order allows this person, each with the shipment or return that it is about. */
export function possibleCommands(order: StoredOrder, { subject, roles }: Session) {
  return allowedCommands(order, { subject, roles })
    .filter(isConsoleCommand)
    .toSorted((a, b) => Number(isNegative(a)) - Number(isNegative(b)))
    .flatMap((name) => partsOf(order, name).map((part) => ({ name, part })));
}

/** The shipment or the return of a command, by its name in the api. */
export function partOf(name: ConsoleCommand, part: string | undefined): { shipmentId?: string; returnId?: string } {
  const { part: field } = COMMAND_VIEWS[name];
  return field && part ? { [field]: part } : {};
}

function partsOf({ shipments, returns }: StoredOrder, name: ConsoleCommand): (string | undefined)[] {
  const { part, returns: status } = COMMAND_VIEWS[name];
  if (status) return returns.filter((one) => one.status === status).map(({ returnId }) => returnId);
  if (!part) return [undefined];
  return shipments.filter(({ deliveredAt }) => !deliveredAt).map(({ shipmentId }) => shipmentId);
}

/** The body of a command from the fields of its form. */
export function bodyOf(name: CommandName, typed: Readonly<Record<string, string>>): object | undefined {
  const reason = typed['reason']?.trim();
  const items = Object.entries(typed).flatMap(([field, quantity]): LineQuantity[] =>
    field.startsWith('quantity-') && Number(quantity) > 0
      ? [{ lineNumber: Number(field.slice('quantity-'.length)), quantity: Number(quantity) }]
      : [],
  );
  if (name === 'createShipment') return { carrier: typed['carrier'], trackingNumber: typed['trackingNumber'], items };
  return reason && isNegative(name) ? { reason } : undefined;
}

/**
 * The money that a command would move: the console asks the function with which the worker decides.
 * The worker alone decides, so the preview may be out of date.
 */
export function moneyPreview(
  order: StoredOrder,
  session: Session,
  name: ConsoleCommand,
  part: string | undefined,
  reader: Reader,
) {
  const decision = decideChange(
    order,
    {
      type: CHANGE_ORDER,
      commandId: 'preview',
      name,
      orderId: order.orderId,
      by: session.subject,
      roles: [...session.roles],
      ...partOf(name, part),
      receivedAt: new Date().toISOString(),
      traceparent: '',
      request: { items: unshippedItems(order), carrier: '', trackingNumber: '' },
    },
    { seller: { name: '', address: [], vatId: '' }, wholesaleApprovalLimit: {} },
    new Date().toISOString(),
  );
  if (decision.outcome !== 'CHANGED') return <p>The order does not allow this now.</p>;
  const { invoice, creditNotes, currency } = decision.order;
  const note = creditNotes[order.creditNotes.length];
  const money = (amount: number) => reader.money(amount, currency);
  if (note)
    return (
      <p class="money">
        The customer gets a credit note of <strong>{money(note.total)}</strong>: goods {money(note.goods)}, discount{' '}
        {money(note.discount)}, shipping {money(note.shipping)}, tax {money(note.tax)}.
      </p>
    );
  if (invoice && !order.invoice)
    return (
      <p class="money">
        The customer gets an invoice of <strong>{money(order.total)}</strong>.
      </p>
    );
  return <p class="money">This creates no invoice and no credit note. The order's total is {money(order.total)}.</p>;
}

/** What a person types for a command. */
export function CommandFields({ name, order }: { name: CommandName; order: StoredOrder }) {
  const names = new Map(order.lineItems.map((item) => [item.lineNumber, item.name]));
  return (
    <>
      {name === 'createShipment' && (
        <>
          <Field label="Carrier" name="carrier" required maxlength="100" />
          <Field label="Tracking number" name="trackingNumber" required maxlength="100" />
          {unshippedItems(order).map(({ lineNumber, quantity }) => (
            <Field
              label={`How many of ${names.get(lineNumber)} (of ${quantity})`}
              name={`quantity-${lineNumber}`}
              type="number"
              min="0"
              max={quantity}
              value={quantity}
            />
          ))}
        </>
      )}
      <Field
        label="Reason"
        name="reason"
        maxlength="500"
        hint={isNegative(name) ? 'The order keeps it, and its customer may read it.' : 'Only the activity shows it.'}
      />
    </>
  );
}
