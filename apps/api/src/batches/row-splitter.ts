import { invalidRequest, type Problem } from '../http/problem.ts';

/** The text of one order of a batch, or why there is none. */
export type RowText = { text: Buffer } | { error: string };

/* Splitters cut a body into the texts of its orders as it arrives; they hold one order at a time. */

/** The same limit as for a single order. */
const MAX_ROW_BYTES = 256 * 1_024;
const TOO_LARGE: RowText = { error: 'the order is over 256 KB' };

const codeOf = (character: string) => character.charCodeAt(0);
const [LINE_FEED, QUOTE, BACKSLASH, COMMA, CLOSING_BRACE] = ['\n', '"', '\\', ',', '}'].map(codeOf);
const OPENING = new Set(['[', '{'].map(codeOf));
const CLOSING = new Set([']', '}'].map(codeOf));
/** The bytes of a UTF-8 byte order mark, which some editors put first. */
const BYTE_ORDER_MARK = new Set([0xef, 0xbb, 0xbf]);
const BLANK = new Set([' ', '\t', '\r', '\n'].map(codeOf));

/** The row that is being read. Beyond the limit, its bytes are counted but not kept. */
class Row {
  private pieces: Buffer[] = [];
  private bytes = 0;

  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes <= MAX_ROW_BYTES) this.pieces.push(piece);
    else this.pieces = [];
  }

  /** Ends the row and starts the next. Empty when the row has only white space or a byte order mark. */
  take(): RowText[] {
    const isTooLarge = this.bytes > MAX_ROW_BYTES;
    const text = Buffer.concat(this.pieces);
    this.pieces = [];
    this.bytes = 0;
    if (isTooLarge) return [TOO_LARGE];
    return text.every((byte) => BLANK.has(byte) || BYTE_ORDER_MARK.has(byte)) ? [] : [{ text }];
  }
}

/** NDJSON: an order a line; blank lines do not count. https://github.com/ndjson/ndjson-spec */
export class LineSplitter {
  private readonly row = new Row();

  push(chunk: Buffer): RowText[] {
    const rows: RowText[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED as number); end >= 0; end = chunk.indexOf(LINE_FEED as number, from)) {
      this.row.add(chunk.subarray(from, end));
      from = end + 1;
      rows.push(...this.row.take());
    }
    this.row.add(chunk.subarray(from));
    return rows;
  }

  end(): RowText[] {
    return this.row.take();
  }
}

/**
 * The elements of a JSON array. Only brackets and strings are read, so an element may be invalid JSON. An element with an
 * unclosed bracket or string swallows the rest of the array, as in any reader; NDJSON does not have this problem.
 */
export class ArraySplitter {
  private readonly row = new Row();
  /** The number of open brackets: 0 before and after the array. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  private state: 'BEFORE' | 'INSIDE' | 'AFTER' | 'BEYOND' = 'BEFORE';
  private elements = 0;

  /** @throws Problem `invalid-request` when the body is not an array. */
  push(chunk: Buffer): RowText[] {
    const rows: RowText[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.state === 'INSIDE') {
        if (!this.endsElement(byte)) continue;
        this.row.add(chunk.subarray(from, at));
        rows.push(...this.element(byte === COMMA));
      } else if (this.state === 'BEFORE' && !BLANK.has(byte) && !BYTE_ORDER_MARK.has(byte)) {
        if (byte !== codeOf('[')) throw notAnArray();
        this.state = 'INSIDE';
        this.depth = 1;
      } else if (this.state === 'AFTER' && !BLANK.has(byte)) {
        this.state = 'BEYOND';
        rows.push({ error: 'the array has ended: what follows was not read' });
      }
      from = at + 1;
    }
    if (this.state === 'INSIDE') this.row.add(chunk.subarray(from));
    return rows;
  }

  /** @throws Problem `invalid-request` when the body is not an array. */
  end(): RowText[] {
    if (this.state === 'BEFORE') throw notAnArray();
    return this.state !== 'INSIDE'
      ? []
      : [{ error: 'the body ends before the array is closed: this order is incomplete' }];
  }

  /** Whether this byte ends the element: a comma or the closing bracket, outside strings and nested brackets. */
  private endsElement(byte: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) this.inString = false;
      return false;
    }
    if (byte === QUOTE) this.inString = true;
    else if (OPENING.has(byte)) this.depth += 1;
    else if (byte === CLOSING_BRACE && this.depth === 1) return false;
    else if (CLOSING.has(byte)) this.depth -= 1;
    else if (byte === COMMA) return this.depth === 1;
    // An unmatched brace is an error of the row: only a bracket ends the array.
    if (this.depth > 0) return false;
    this.state = 'AFTER';
    return true;
  }

  private element(moreFollow: boolean): RowText[] {
    const taken = this.row.take();
    const isEmptyArray = taken.length === 0 && !moreFollow && this.elements === 0;
    this.elements += 1;
    return taken.length > 0 || isEmptyArray ? taken : [{ error: 'an extra comma: an order is missing here' }];
  }
}

function notAnArray(): Problem {
  return invalidRequest([{ pointer: '', detail: 'must be a JSON array of orders' }]);
}
