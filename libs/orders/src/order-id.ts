import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Crockford's base32: no I, L, O, U. https://www.crockford.com/base32.html */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 16 characters are 80 bits: among 10^9 orders two share a key with a probability of 4 in 10^7. */
const KEY_LENGTH = 16;
/** 10 characters are 50 bits: an invented id passes once in 10^15 tries. */
const SIGNATURE_LENGTH = 10;
const ORDER_ID = new RegExp(`^[${ALPHABET}]{${KEY_LENGTH + SIGNATURE_LENGTH}}$`);

/**
 * Order ids that are unforgeable receipts: 16 characters of a digest over (customer id, Idempotency-Key), then 10 of
 * an HMAC over that digest and the customer id.
 *
 * The same customer and key always give the same first part, which is the order's key in the table: a retry finds its
 * first attempt without a lookup, even when the signing key was rotated between the two.
 */
export class OrderIds {
  private readonly secrets: readonly KeyObject[];

  /**
   * @param secrets HMAC keys of at least 32 characters; the first signs, all are accepted.
   * @throws RangeError when there is no key or a key is too short.
   */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
      throw new RangeError('order id keys must be at least one, each of at least 32 characters');
    }
    this.secrets = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  }

  issue(customerId: string, idempotencyKey: string): string {
    const key = requestKey(customerId, idempotencyKey);
    return key + signature(this.secrets[0] as KeyObject, key, customerId);
  }

  /** Whether this service issued this id to this customer. */
  wasIssuedTo(orderId: string, customerId: string): boolean {
    if (!isOrderId(orderId)) return false;
    const key = OrderIds.keyOf(orderId);
    const presented = Buffer.from(orderId.slice(KEY_LENGTH));
    return this.secrets.some((secret) => timingSafeEqual(presented, Buffer.from(signature(secret, key, customerId))));
  }

  /** The id of an order of another system, from its number there. A list of one text is no customer's request: see `requestKey`. */
  static ofImported(importedNumber: string): string {
    return base32(hash('sha256', JSON.stringify([importedNumber]), 'buffer'), KEY_LENGTH + SIGNATURE_LENGTH);
  }

  /** The part of an order id that is the order's key in the table: 16 characters, free of the signing key. */
  static keyOf(orderId: string): string {
    return orderId.slice(0, KEY_LENGTH);
  }
}

/** Whether a text has the form of an order id; it may still not be issued by this service. */
export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text);
}

function requestKey(customerId: string, idempotencyKey: string): string {
  // A JSON array keeps ("a", "bc") and ("ab", "c") apart.
  const digest = hash('sha256', JSON.stringify([customerId, idempotencyKey]), 'buffer');
  return base32(digest, KEY_LENGTH);
}

function signature(secret: KeyObject, key: string, customerId: string): string {
  return base32(createHmac('sha256', secret).update(`${key}:${customerId}`).digest(), SIGNATURE_LENGTH);
}

/** The first `length` groups of five bits. */
function base32(bytes: Buffer, length: number): string {
  let text = '';
  for (let position = 0; position < length; position += 1) {
    const bit = position * 5;
    const twoBytes = bytes.readUInt16BE(bit >> 3);
    text += ALPHABET[(twoBytes >> (11 - (bit & 7))) & 31];
  }
  return text;
}
