import { OrderError } from '#libs/orders';

/** The index key of the last order of a page, without the part that the query or the order's key gives. `at` is its range key. */
export interface CursorPosition {
  orderKey: string;
  at: string;
}

/** Opaque to clients: base64url of the position, which contains nothing that the page does not show. */
export function encodeCursor({ orderKey, at }: CursorPosition): string {
  return Buffer.from(JSON.stringify([orderKey, at])).toString('base64url');
}

/** @throws OrderError MALFORMED_CURSOR */
export function decodeCursor(cursor: string): CursorPosition {
  const parts = parsed(cursor);
  if (Array.isArray(parts) && parts.length === 2) {
    const [orderKey, at] = parts as unknown[];
    if (isText(orderKey, /^[0-9A-Z]{16}$/) && isText(at, /^[0-9TZ:.-]{20,30}$/)) return { orderKey, at };
  }
  throw new OrderError('MALFORMED_CURSOR', 'expected the nextCursor of an earlier page, got another text');
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
