import { hash } from 'node:crypto';

/** JSON in ASCII, with every other character escaped, so that queues and topics accept every text. Its length is its size in bytes. */
export function asciiJson(document: unknown): string {
  return JSON.stringify(document).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * SHA-256 (hex) of a request's canonical JSON: object keys in the order of their UTF-16 code units, no white space. Two
 * requests have the same fingerprint if and only if they have the same content.
 */
export function fingerprintOf(request: object): string {
  return hash('sha256', canonicalJson(request), 'hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
