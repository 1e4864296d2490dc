import { invalidRequest, type Problem } from '../http/problem.ts';

/** The text of one order of a batch, or why there is none. */
export type RowText = { text: Buffer } | { error: string };

/** Cuts a body into the texts of its orders, piece by piece as it comes; holds one order at a time. */
export interface RowSplitter {
  push(chunk: Buffer): RowText[];
  /** What is left when the body has ended. */
  end(): RowText[];
}

/** As for an order that comes alone. */
const MAX_ROW_BYTES = 256 * 1_024;
const TOO_LARGE: RowText = { error: 'the order is over 256 KB' };

const CODE = (character: string) => character.charCodeAt(0);
const [LINE_FEED, QUOTE, BACKSLASH, COMMA, CLOSING_BRACE] = ['\n', '"', '\\', ',', '}'].map(CODE);
const OPENING = new Set(['[', '{'].map(CODE));
const CLOSING = new Set([']', '}'].map(CODE));
/** Of UTF-8; some editors put it first. */
const BYTE_ORDER_MARK = new Set([0xef, 0xbb, 0xbf]);
const BLANK = new Set([' ', '\t', '\r', '\n'].map(CODE));

/** The row that is being read; beyond its bound it is counted and no longer kept. */
class Row {
  private pieces: Buffer[] = [];
  private bytes = 0;

  add(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes <= MAX_ROW_BYTES) this.pieces.push(piece);
    else this.pieces = [];
  }

  /** The row as it is, and begins the next; none if there was nothing but white space. */
  take(): RowText[] {
    const isTooLarge = this.bytes > MAX_ROW_BYTES;
    const text = Buffer.concat(this.pieces);
    this.pieces = [];
    this.bytes = 0;
    if (isTooLarge) return [TOO_LARGE];
    return text.every((byte) => BLANK.has(byte)) ? [] : [{ text }];
  }
}

/** NDJSON: an order a line; blank lines do not count. https://github.com/ndjson/ndjson-spec */
export class LineSplitter implements RowSplitter {
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
 * The elements of a JSON array, of which each may be JSON or not: only brackets and strings are looked at. One that opens
 * what it does not close takes the rest of the array along, which no reader could tell; NDJSON has no such rows.
 */
export class ArraySplitter implements RowSplitter {
  private readonly row = new Row();
  /** Of brackets that are open: 0 before and after the array. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  private state: 'BEFORE' | 'INSIDE' | 'AFTER' | 'BEYOND' = 'BEFORE';
  private elements = 0;

  /** @throws Problem `invalid-request` when the body is no array. */
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
        if (byte !== CODE('[')) throw notAnArray();
        this.state = 'INSIDE';
        this.depth = 1;
      } else if (this.state === 'AFTER' && !BLANK.has(byte)) {
        this.state = 'BEYOND';
        rows.push({ error: 'the array ended before: what stands here was not read' });
      }
      from = at + 1;
    }
    if (this.state === 'INSIDE') this.row.add(chunk.subarray(from));
    return rows;
  }

  /** @throws Problem `invalid-request` when the body is no array. */
  end(): RowText[] {
    if (this.state === 'BEFORE') throw notAnArray();
    return this.state !== 'INSIDE'
      ? []
      : [{ error: 'the array ends before it is closed: this order did not come whole' }];
  }

  /** Whether this byte, outside of strings and of what the element has opened, ends the element. */
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
    // A brace too many is the row's own: only a bracket ends the array.
    if (this.depth > 0) return false;
    this.state = 'AFTER';
    return true;
  }

  private element(moreFollow: boolean): RowText[] {
    const taken = this.row.take();
    const isEmptyArray = taken.length === 0 && !moreFollow && this.elements === 0;
    this.elements += 1;
    return taken.length > 0 || isEmptyArray ? taken : [{ error: 'there is a comma too many: no order stands here' }];
  }
}

function notAnArray(): Problem {
  return invalidRequest([{ pointer: '', detail: 'must be a JSON array of orders' }]);
}
