import { createHash } from 'node:crypto';

/**
 * SHA-256 (hex) of a request in one canonical form: object keys in order of their UTF-16 code units, no white space.
 * Two requests have the same fingerprint if and only if they ask for the same.
 */
export function fingerprintOf(request: object): string {
  return createHash('sha256').update(canonicalJson(request)).digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
