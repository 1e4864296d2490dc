import type { ChangeRecord } from '../change-stream.ts';
import type { DeadLetter } from '../dead-letters.ts';

/** A dead letter as it is read. A record too large for a message has no images; its item is still in the table. */
export interface ReadDeadLetter extends DeadLetter {
  /** Whether `newImage` and `oldImage` were left out. */
  imagesLeftOut: boolean;
}

/** Length of the detail when the body is too large. A character takes at most 6 bytes, so the rest fits into a message. */
const SHORT_DETAIL_LENGTH = 1_000;

/**
 * Returns the message body of a dead letter: JSON with attributes in DynamoDB's form and binary as base64. It is ASCII
 * only, since SQS refuses some characters, so its length is its size in bytes. A body above `maxBytes` has no images and
 * only the start of the detail: a dead letter that the queue refuses would hold back its item forever.
 */
export function deadLetterBody({ code, detail, shardId, record }: DeadLetter, maxBytes: number): string {
  const { newImage: _new, oldImage: _old, ...withoutImages } = record;
  const whole = asciiJson({ code, detail, shardId, imagesLeftOut: false, record });
  if (whole.length <= maxBytes) return whole;
  const shortDetail = detail.slice(0, SHORT_DETAIL_LENGTH);
  return asciiJson({ code, detail: shortDetail, shardId, imagesLeftOut: true, record: withoutImages });
}

/** Reads a body written by {@link deadLetterBody}. @throws SyntaxError when it is not JSON */
export function readDeadLetter(body: string): ReadDeadLetter {
  const { record: written, ...deadLetter } = JSON.parse(body, binaryFromBase64) as WrittenDeadLetter;
  const { approximateCreationTime: time, ...record } = written;
  return {
    ...deadLetter,
    record: time === undefined ? record : { ...record, approximateCreationTime: new Date(time) },
  };
}

type WrittenDeadLetter = Omit<ReadDeadLetter, 'record'> & {
  record: Omit<ChangeRecord, 'approximateCreationTime'> & { approximateCreationTime?: string };
};

function asciiJson(document: unknown): string {
  return JSON.stringify(document, base64OfBinary).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Reads the value from its holder: `JSON.stringify` has already converted a Buffer before it passes it. */
function base64OfBinary(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
}

/** Only the types B and BS hold strings under these names: an attribute with such a name holds an object. */
export function binaryFromBase64(key: string, value: unknown): unknown {
  if (key === 'B' && typeof value === 'string') return fromBase64(value);
  return key === 'BS' && Array.isArray(value) ? value.map(fromBase64) : value;
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}
