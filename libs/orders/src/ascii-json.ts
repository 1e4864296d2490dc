/**
 * JSON in ASCII alone, all else escaped: the same document to every reader, and nothing in it that a queue or a topic
 * does not carry. Its length is its size in bytes.
 */
export function asciiJson(document: unknown): string {
  return JSON.stringify(document).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
