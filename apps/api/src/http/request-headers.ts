import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { type Checked, MAX_EXPECTED_VERSIONS } from '#libs/order-requests';

/* The request headers that concern orders. Their errors are listed with those of the body, under `/headers`. */

type Header = string | string[] | undefined;

/** draft-ietf-httpapi-idempotency-key-header requires a quoted string, but most clients send it bare: both mean the same key. */
const KEY = /^("?)([A-Za-z0-9._:/+=@-]{1,255})\1$/;
export const KEY_RULE = 'must be 1 to 255 of the characters A-Z a-z 0-9 . _ : / + = @ -';

export function readIdempotencyKey(header: Header): Checked<string> {
  const value = KEY.exec(String(header ?? ''))?.[2];
  if (value !== undefined) return { value };
  const detail = header === undefined ? `is missing; it ${KEY_RULE}` : KEY_RULE;
  return { errors: [{ pointer: '/headers/idempotency-key', detail }] };
}

/** RFC 9110, 8.8.3 */
const ENTITY_TAG = /(?:W\/)?"[!#-~\x80-\xff]*"/g;
/** A list in which each tag is replaced by `""`. RFC 9110, 5.6.1: elements may be empty. */
const TAG_LIST = /^[ \t,]*""(?:[ \t]*,[ \t,]*"")*[ \t,]*$/;
/** An order's ETag is its version. */
const ETAG = /^"([1-9]\d{0,8})"$/;
const IF_MATCH_RULE = `must be * or at most ${MAX_EXPECTED_VERSIONS} ETags, such as "3"`;

/** RFC 9110, 13.1.1: the versions that the caller accepts; undefined where it accepts any. Weak tags and others never match. */
export function readIfMatch(header: Header): Checked<number[] | undefined> {
  if (header === undefined || header === '*') return { value: undefined };
  const tags = String(header).match(ENTITY_TAG) ?? [];
  const isList = TAG_LIST.test(String(header).replaceAll(ENTITY_TAG, '""'));
  if (!isList || tags.length > MAX_EXPECTED_VERSIONS) {
    return { errors: [{ pointer: '/headers/if-match', detail: IF_MATCH_RULE }] };
  }
  return { value: tags.flatMap((tag) => ETAG.exec(tag)?.[1] ?? []).map(Number) };
}

/** RFC 9110, 13.1.2: whether `If-None-Match` names this ETag. */
export function matchesEtag(ifNoneMatch: Header, etag: string): boolean {
  const names = String(ifNoneMatch ?? '').trim();
  return names === '*' || Boolean(names.match(/"[^"]*"/g)?.includes(etag));
}

const MAX_WAIT_SECONDS = 10;
const WAIT = /(?:^|,)\s*wait\s*=\s*"?(\d+)"?\s*(?=;|,|$)/i;
/** The quoted value of another preference, which may contain the text `wait=`. */
const OTHER_PREFERENCE_VALUE = /(?<!wait\s*)=\s*"[^"]*"/gi;

/**
 * RFC 7240: how many seconds the caller would wait for the outcome, at most 10. Other preferences are ignored, as they must
 * be.
 */
export function readWaitSeconds(header: Header): number {
  if (header === undefined) return 0;
  const wait = WAIT.exec([header].flat().join(', ').replaceAll(OTHER_PREFERENCE_VALUE, ''))?.[1];
  return Math.min(MAX_WAIT_SECONDS, Number(wait ?? 0));
}

export const JSON_TYPE = 'application/json';
export const PDF_TYPE = 'application/pdf';

/** The media type that the caller accepts of an invoice (RFC 9110, 12.5.1): JSON if both are acceptable, undefined if neither is. */
export function readDocumentType({ headers }: { headers: FastifyRequest['headers'] }): string | undefined {
  return new Negotiator({ headers }).mediaType([JSON_TYPE, PDF_TYPE]);
}

export function etagOf({ version }: { version: number }): string {
  return `"${version}"`;
}
