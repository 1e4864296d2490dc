/** What the columns of a field are often called, as patterns of the whole name. */
const NAMES = {
  importedNumber: /(order|bestell)?_?(no|nr|number|nummer)|(order_)?id/,
  customerId: /(customer|client|user|kunden?)_?(id|no|nr|number)/,
  status: /(order_)?(status|state)/,
  currency: /currency(_code)?|waehrung/,
  placedAt: /(created|placed|ordered|order)_?(at|on|date|time)|date_(created|added)|bestelldatum/,
  updatedAt: /(updated|modified|changed)_?(at|on|date)?|date_(updated|modified)/,
  discount: /discount(_amount|_total)?|rabatt/,
  shipping: /(shipping|freight)(_amount|_cost|_total|_price)?|versand(kosten)?/,
  tax: /(tax|vat)(_amount|_total)?|mwst/,
  total: /(grand_|order_)?total(_amount|_price)?|amount|summe/,
  sku: /sku|article(_no)?|product_(id|code|sku)|artikelnummer/,
  title: /(product|item|article)(_name)?|title/,
  quantity: /quantity|qty|menge|count/,
  unitPrice: /(unit_|item_)?price|preis/,
  name: /(shipping_|customer_|delivery_)?name/,
  line1: /(shipping_|delivery_)?(street|address)(_?1)?|strasse/,
  city: /(shipping_|delivery_)?(city|town|ort)/,
  postalCode: /(shipping_|delivery_)?(zip|postal|postcode|plz)(_?code)?/,
  country: /(shipping_|delivery_)?country(_code)?/,
  provider: /payment_(method|provider|type)/,
  reference: /payment_(id|ref|reference)|transaction_id/,
  carrier: /carrier|shipping_method/,
  trackingNumber: /tracking(_?(no|nr|number|code))?/,
};

/** A mapping of which most is guessed from the names of columns. Each TODO has to be replaced. */
export function suggestedMapping(names: readonly string[], table = 'TODO'): string {
  const guess = (field: keyof typeof NAMES, otherwise = '{ value: TODO }') => {
    const name = names.find((one) => new RegExp(`^(${NAMES[field].source})$`, 'i').test(one)) ?? '';
    return name === '' ? otherwise : /^[a-z]\w*$/i.test(name) ? name : JSON.stringify(name);
  };
  const first = (...expressions: readonly string[]) => {
    const different = [...new Set(expressions)];
    return different.length === 1 ? different[0] : `{ first: [${different.join(', ')}] }`;
  };
  const none = '{ value: 0 }';
  const [number, placedAt] = [guess('importedNumber'), guess('placedAt')];
  return `# A first guess from the columns ${names.join(', ')}.
# Replace each TODO, and check the rest. docs/moving-from-mysql.md has all fields and expressions.
table: ${table} # of a server or a dump
# order: ${names[0]} # the column that the rows of an order share, if an order has several
zone: Europe/Berlin
importedNumber: ${number}
customerId: { concat: [{ value: TODO- }, ${guess('customerId')}] }
channel: { value: RETAIL }
status: { lookup: ${guess('status')}, in: { TODO: CONFIRMED, shipped: SHIPPED, cancelled: CANCELLED } }
currency: ${guess('currency', '{ value: EUR }')}
placedAt: ${placedAt}
updatedAt: ${first(guess('updatedAt', placedAt), placedAt)}
discount: ${first(guess('discount', none), none)}
shipping: ${first(guess('shipping', none), none)}
tax: ${first(guess('tax', none), none)}
total: ${guess('total')}
shippingAddress: &address
  name: ${guess('name')}
  line1: ${guess('line1')}
  city: ${guess('city')}
  postalCode: ${guess('postalCode')}
  country: ${guess('country')}
billingAddress: *address
payment:
  provider: ${guess('provider', '{ value: old-shop }')}
  reference: ${first(guess('reference', number), number)}
  amount: ${guess('total')}
shipment:
  carrier: ${guess('carrier', '{ value: unknown }')}
  trackingNumber: ${first(guess('trackingNumber', number), number)}
lineItems: { sku: ${guess('sku')}, name: ${guess('title')}, quantity: ${guess('quantity')}, unitPrice: ${guess('unitPrice')} }`;
}
