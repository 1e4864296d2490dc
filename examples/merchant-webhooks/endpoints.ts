import { createHash } from 'node:crypto';
import { type ReceivedOrderEvent, STATUSES_AFTER } from '#libs/order-events';
import { mayConnect } from './public-address.ts';

/** An endpoint of a merchant, to which events are posted. */
export interface Endpoint {
  /** Derived from the URL and the customer: it stays the same while the file changes elsewhere. */
  readonly id: string;
  readonly url: URL;
  /** The key of the signatures: the bytes of the secret. */
  readonly key: Buffer;
  /** Only the orders of this customer. Default: those of all customers. */
  readonly customerId?: string;
  /** Only these events, by the names in docs/consuming-events.md. Default: all events. */
  readonly eventTypes?: readonly string[];
}

const FIELDS = ['url', 'secret', 'customerId', 'eventTypes'];
/** Standard Webhooks: 24 to 64 bytes in base64. */
const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;
const KEY_BYTES = { min: 24, max: 64 };

/** Reads the text of the file `WEBHOOK_ENDPOINTS`. @throws Error that lists every error, without any value of the file */
export function readEndpoints(text: string, allowLoopback: boolean): Endpoint[] {
  const entries = parsed(text);
  if (!Array.isArray(entries)) throw new Error('WEBHOOK_ENDPOINTS must name a file with a JSON list of endpoints');
  const endpoints: Endpoint[] = [];
  const errors = entries.flatMap((entry: unknown, position) => {
    const fields = Object(entry) as Record<string, unknown>;
    const found = errorsOf(fields, allowLoopback);
    if (found.length === 0) endpoints.push(endpointOf(fields as unknown as EndpointFields));
    return found.map((error) => `WEBHOOK_ENDPOINTS: endpoint ${position + 1}: ${error}`);
  });
  if (new Set(endpoints.map(({ id }) => id)).size < endpoints.length)
    errors.push('WEBHOOK_ENDPOINTS: two endpoints have the same url and customerId');
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return endpoints;
}

/** Whether an endpoint receives an event. */
export function wants({ customerId, eventTypes }: Endpoint, { order, eventName }: ReceivedOrderEvent): boolean {
  return (!customerId || customerId === order.customerId) && (!eventTypes || eventTypes.includes(eventName));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, which has secrets.
    return undefined;
  }
}

type EndpointFields = Pick<Endpoint, 'customerId' | 'eventTypes'> & { url: string; secret: string };

function endpointOf({ url, secret, ...filters }: EndpointFields): Endpoint {
  const { href } = new URL(url);
  const id = createHash('sha256')
    .update(`${filters.customerId ?? ''} ${href}`)
    .digest('hex')
    .slice(0, 16);
  return { ...filters, id, url: new URL(href), key: keyOf(secret) };
}

const keyOf = (secret: unknown) => Buffer.from(SECRET.exec(String(secret))?.[1] ?? '', 'base64');

function errorsOf(fields: Record<string, unknown>, allowLoopback: boolean): string[] {
  const { url, secret, customerId, eventTypes } = fields;
  const { length } = keyOf(secret);
  const checks: [isRight: boolean, error: string][] = [
    // A misspelled customerId would send the orders of all customers.
    [Object.keys(fields).every((name) => FIELDS.includes(name)), `must have only the fields ${FIELDS.join(', ')}`],
    [isAllowedUrl(url, allowLoopback), 'url must be an https URL of a public host, without user and password'],
    [length >= KEY_BYTES.min && length <= KEY_BYTES.max, 'secret must be whsec_ and 24 to 64 bytes in base64'],
    [customerId === undefined || isText(customerId), 'customerId must be text'],
    [eventTypes === undefined || areEventNames(eventTypes), 'eventTypes must list names of events, such as shipped'],
  ];
  return checks.filter(([isRight]) => !isRight).map(([, error]) => error);
}

function isAllowedUrl(url: unknown, allowLoopback: boolean): boolean {
  if (!isText(url) || !URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && allowLoopback)) return false;
  return !username && !password && mayConnect(hostname, protocol, allowLoopback) !== false;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const areEventNames = (names: unknown) =>
  Array.isArray(names) && names.length > 0 && names.every((name) => Object.hasOwn(STATUSES_AFTER, String(name)));
