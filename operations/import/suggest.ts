import { stringify } from 'yaml';

/** What the columns of a field are often called, as patterns of the whole name. */
const NAMES: readonly (readonly [field: string, pattern: RegExp])[] = [
  ['importedNumber', /(order|bestell)?_?(no|nr|number|nummer)|(order_)?id/],
  ['customerId', /(customer|client|user|kunden?)_?(id|no|nr|number)/],
  ['status', /(order_)?(status|state)/],
  ['currency', /currency(_code)?|waehrung/],
  ['placedAt', /(created|placed|ordered|order)_?(at|on|date|time)|date_(created|added)|bestelldatum/],
  ['updatedAt', /(updated|modified|changed)_?(at|on|date)?|date_(updated|modified)/],
  ['discount', /discount(_amount|_total)?|rabatt/],
  ['shipping', /(shipping|freight)(_amount|_cost|_total|_price)?|versand(kosten)?/],
  ['tax', /(tax|vat)(_amount|_total)?|mwst/],
  ['total', /(grand_|order_)?total(_amount|_price)?|amount|summe/],
  ['lineItems.sku', /sku|article(_no)?|product_(id|code|sku)|artikelnummer/],
  ['lineItems.name', /(product|item|article)(_name)?|title/],
  ['lineItems.quantity', /quantity|qty|menge|count/],
  ['lineItems.unitPrice', /(unit_|item_)?price|preis/],
  ['address.name', /(shipping_|customer_|delivery_)?name/],
  ['address.line1', /(shipping_|delivery_)?(street|address)(_?1)?|strasse/],
  ['address.city', /(shipping_|delivery_)?(city|town|ort)/],
  ['address.postalCode', /(shipping_|delivery_)?(zip|postal|postcode|plz)(_?code)?/],
  ['address.country', /(shipping_|delivery_)?country(_code)?/],
  ['payment.provider', /payment_(method|provider|type)/],
  ['payment.reference', /payment_(id|ref|reference)|transaction_id/],
  ['shipment.carrier', /carrier|shipping_method/],
  ['shipment.trackingNumber', /tracking(_?(no|nr|number|code))?/],
];

/** A mapping of which most is guessed from the names of columns. Each TODO has to be replaced. */
export function suggestedMapping(names: readonly string[], table: string | undefined): string {
  const columnOf = (field: string) => {
    const pattern = NAMES.find(([name]) => name === field)?.[1].source;
    return names.find((name) => new RegExp(`^(${pattern})$`, 'i').test(name));
  };
  const guess = (field: string) => columnOf(field) ?? { value: 'TODO' };
  const optional = (field: string, name: string) => (columnOf(field) ? { [name]: guess(field) } : {});
  const amount = (field: string) => ({ first: [...(columnOf(field) ? [guess(field)] : []), { value: 0 }] });
  const address = {
    name: guess('address.name'),
    line1: guess('address.line1'),
    city: guess('address.city'),
    postalCode: guess('address.postalCode'),
    country: guess('address.country'),
  };
  const mapping = {
    ...(table !== undefined && { table }),
    zone: 'Europe/Berlin',
    importedNumber: guess('importedNumber'),
    customerId: { concat: [{ value: 'TODO-' }, guess('customerId')] },
    channel: { value: 'RETAIL' },
    status: { lookup: guess('status'), in: { TODO: 'CONFIRMED', shipped: 'SHIPPED', cancelled: 'CANCELLED' } },
    currency: columnOf('currency') ?? { value: 'EUR' },
    placedAt: guess('placedAt'),
    ...optional('updatedAt', 'updatedAt'),
    discount: amount('discount'),
    shipping: amount('shipping'),
    tax: amount('tax'),
    total: guess('total'),
    shippingAddress: address,
    billingAddress: address,
    payment: {
      provider: columnOf('payment.provider') ?? { value: 'old-shop' },
      reference: {
        first: [...(columnOf('payment.reference') ? [guess('payment.reference')] : []), guess('importedNumber')],
      },
      amount: guess('total'),
    },
    shipment: {
      carrier: columnOf('shipment.carrier') ?? { value: 'unknown' },
      trackingNumber: columnOf('shipment.trackingNumber') ?? guess('importedNumber'),
    },
    lineItems: {
      sku: guess('lineItems.sku'),
      name: guess('lineItems.name'),
      quantity: guess('lineItems.quantity'),
      unitPrice: guess('lineItems.unitPrice'),
    },
  };
  const head = `# A first guess from the columns ${names.join(', ')}.
# Replace each TODO; "order: COLUMN" if an order has several rows. docs/moving-from-mysql.md has all expressions.\n`;
  return head + stringify(mapping, { lineWidth: 120 });
}
