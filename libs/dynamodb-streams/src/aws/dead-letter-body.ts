import type { ChangeRecord } from '../change-stream.ts';
import type { DeadLetter } from '../dead-letters.ts';

/** What is left of a record too large for a message: the item is still in the table. */
export interface ReadDeadLetter extends DeadLetter {
  /** Whether `newImage` and `oldImage` were left out. */
  imagesLeftOut: boolean;
}

/** Of a letter that is too large. A character is at most 6 bytes, so keys and detail are far from any limit of SQS. */
const SHORT_DETAIL_LENGTH = 1_000;

/**
 * A dead letter as a message body: JSON, attributes as DynamoDB writes them, binary as base64, in ASCII alone since SQS
 * refuses some characters. So its length is its size in bytes. One above `maxBytes` goes without its images, and with
 * the first 1,000 characters of its detail: a letter that no queue takes would hold its item back for ever.
 */
export function deadLetterBody({ code, detail, shardId, record }: DeadLetter, maxBytes: number): string {
  const { newImage: _new, oldImage: _old, ...withoutImages } = record;
  const whole = asciiJson({ code, detail, shardId, imagesLeftOut: false, record });
  if (whole.length <= maxBytes) return whole;
  const shortDetail = detail.slice(0, SHORT_DETAIL_LENGTH);
  return asciiJson({ code, detail: shortDetail, shardId, imagesLeftOut: true, record: withoutImages });
}

/** The dead letter that {@link deadLetterBody} wrote. @throws SyntaxError when it is not JSON */
export function readDeadLetter(body: string): ReadDeadLetter {
  const { record: written, ...letter } = JSON.parse(body, binaryFromBase64) as WrittenLetter;
  const { approximateCreationTime: time, ...record } = written;
  return { ...letter, record: time === undefined ? record : { ...record, approximateCreationTime: new Date(time) } };
}

type WrittenLetter = Omit<ReadDeadLetter, 'record'> & {
  record: Omit<ChangeRecord, 'approximateCreationTime'> & { approximateCreationTime?: string };
};

function asciiJson(document: unknown): string {
  return JSON.stringify(document, base64OfBinary).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The holder's own value: a Buffer's would have been turned into an object of numbers already. */
function base64OfBinary(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
}

/** Only the types B and BS hold text under these names: an attribute of that name holds an object. */
export function binaryFromBase64(key: string, value: unknown): unknown {
  if (key === 'B' && typeof value === 'string') return fromBase64(value);
  return key === 'BS' && Array.isArray(value) ? value.map(fromBase64) : value;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
