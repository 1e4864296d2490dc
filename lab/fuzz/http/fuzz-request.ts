import fc from 'fast-check';

/** A request, byte for byte, except for the names in `{{…}}`, which are replaced when it is sent. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Buffer;
  readonly chunked?: boolean;
}

/** Finds the value of a name, e.g. an order's id for `{{order:3}}` and a token for `{{token:retail}}`. */
export type Lookup = (kind: string, which: string) => string;

const NAME = /\{\{(\w+):(\w+)\}\}/g;
const CHUNK = 1_000;

/** Replaces the names in a request. */
export function resolved(request: FuzzRequest, lookup: Lookup): FuzzRequest {
  const known = (text: string): string =>
    text.replaceAll(NAME, (_, kind: string, which: string) => lookup(kind, which));
  return {
    ...request,
    target: known(request.target),
    headers: request.headers.map(([name, value]) => [name, known(value)] as const),
  };
}

/** The bytes of a request. Each character of the head is a byte. The body has a length, or is chunked. */
export function bytesOf({ method, target, headers, body, chunked = false }: FuzzRequest): Buffer {
  const framing = body === undefined ? [] : [chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`];
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ...framing];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (body === undefined) return head;
  return Buffer.concat([head, ...(chunked ? chunksOf(body) : [body])]);
}

function chunksOf(body: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < body.length; from += CHUNK) {
    const piece = body.subarray(from, from + CHUNK);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return [...pieces, Buffer.from('0\r\n\r\n')];
}

/** A command for bash that sends the same bytes, without curl's own headers. */
export function curlLine({ method, target, headers, body, chunked }: FuzzRequest, apiUrl: string): string {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const unwanted = ['User-Agent', 'Accept', 'Host', 'Content-Type'].filter((name) => !given.has(name.toLowerCase()));
  const parts = [
    `curl -i --path-as-is -X ${quoted(method)} --request-target ${quoted(target)}`,
    ...unwanted.map((name) => `-H '${name}:'`),
    ...headers.map(([name, value]) => `-H ${withTokens(quoted(value === '' ? `${name};` : `${name}: ${value}`))}`),
    ...(chunked ? ["-H 'Transfer-Encoding: chunked'"] : []),
    ...(body ? [`--data-binary @<(printf %b ${quoted(octal(body))})`] : []),
    apiUrl,
  ];
  return parts.join(' ');
}

/** Replaces tokens, which are valid only in their run, by variables named after the roles. */
function withTokens(text: string): string {
  return text.replaceAll(/\{\{token:(\w+)\}\}/g, (_, who: string) => `'"$${who.toUpperCase()}"'`);
}

/** Escapes bytes for bash's `printf %b`. */
function octal(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\0${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');
}

function quoted(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = [...text].map((character) => {
    const code = character.charCodeAt(0);
    if (character === "'" || character === '\\') return `\\${character}`;
    return code >= 0x20 && code < 0x7f ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `$'${escaped.join('')}'`;
}

/** Makes fast-check's report show the request as text. */
export function shown(request: FuzzRequest): FuzzRequest {
  return Object.defineProperty(request, fc.toStringMethod, {
    value: () => bytesOf(request).toString('latin1').slice(0, 2_000),
    enumerable: false,
  });
}
