/**
 * A mapping whose columns are guessed from what columns are often called. Each TODO has to be replaced.
 * @param columns the names of all columns of the table
 */
export function suggestedMapping(columns: readonly string[], table = 'TODO'): string {
  /** The column for the first of the patterns that has one, as an expression. */
  const guess = (otherwise: string, ...patterns: readonly string[]) => {
    const matches = patterns.flatMap((one) => columns.filter((name) => new RegExp(`^(${one})$`, 'i').test(name)));
    const [name = otherwise] = matches;
    return name === otherwise || /^[a-z]\w*$/i.test(name) ? name : JSON.stringify(name);
  };
  const column = (...patterns: readonly string[]) => guess('{ value: TODO }', ...patterns);
  const first = (one: string, other: string) => (one === other ? other : `{ first: [${one}, ${other}] }`);
  const amount = (pattern: string) => first(guess('{ value: 0 }', pattern), '{ value: 0 }');
  const number = column('(order|bestell)_?(no|nr|number|nummer)|increment_id', 'no|nr|number', '(order_)?id');
  const placedAt = column(
    '(created|placed|ordered|order)_?(at|on|date|time)|date_(created|added)|bestellt_am|bestelldatum',
  );
  const total = column('(grand_|order_)?total(_amount|_price)?|amount|summe');
  return `# A first guess from the columns ${columns.join(', ')}.
# Replace each TODO, and check the rest. docs/moving-from-mysql.md has all fields and expressions.
table: ${table} # of a server or a dump
# order: ${columns[0]} # the column that the rows of an order share, if an order has several
zone: Europe/Berlin
importedNumber: ${number}
customerId: { concat: [{ value: TODO- }, ${column('(customer|client|user|kunden?)_?(id|no|nr|number)')}] }
channel: { value: RETAIL }
status: { lookup: ${column('(order_)?(status|state)')}, in: { TODO: CONFIRMED, shipped: SHIPPED, cancelled: CANCELLED } }
currency: ${guess('{ value: EUR }', 'currency(_code)?|waehrung')}
placedAt: ${placedAt}
updatedAt: ${first(guess(placedAt, '(updated|modified|changed)_?(at|on|date)?|date_(updated|modified)|geaendert(_am)?'), placedAt)}
discount: ${amount('discount(_amount|_total)?|rabatt')}
shipping: ${amount('(shipping|freight)(_amount|_cost|_total|_price)?|versand(kosten)?')}
tax: ${amount('(tax|vat)(_amount|_total)?|mwst')}
total: ${total}
shippingAddress: &address
  name: ${column('(shipping_|customer_|delivery_|kunden)?name')}
  line1: ${column('(shipping_|delivery_)?(street|address)(_?1)?|strasse')}
  city: ${column('(shipping_|delivery_)?(city|town|ort)')}
  postalCode: ${column('(shipping_|delivery_)?(zip|postal|postcode|plz)(_?code)?')}
  country: ${column('(shipping_|delivery_)?(country(_code)?|land)')}
billingAddress: *address
payment:
  provider: ${guess('{ value: old-shop }', 'payment_(method|provider|type)')}
  reference: ${first(guess(number, 'payment_(id|ref|reference)|transaction_id'), number)}
  amount: ${total}
shipment:
  carrier: ${guess('{ value: unknown }', 'carrier|shipping_method')}
  trackingNumber: ${first(guess(number, 'tracking(_?(no|nr|number|code))?'), number)}
lineItems: # of a JSON list in a column: add each: COLUMN, and type the names in its elements
  sku: ${column('sku|article(_no)?|product_(id|code|sku)|artikelnummer')}
  name: ${column('(product|item|article)(_name)?|title')}
  quantity: ${column('quantity|qty|menge|count')}
  unitPrice: ${column('(unit_|item_)?price|preis')}`;
}
