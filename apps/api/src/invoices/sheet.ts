import { buffer } from 'node:stream/consumers';
import Pdf from 'pdfkit';
import { directionOf } from './bidirectional-text.ts';
import { invoiceFonts, missingIn } from './invoice-fonts.ts';

/* Positions and sizes in points; A4 is 595 × 842. */
const MARGIN = 50;
const BOTTOM = 842 - 70;
const FOOTER_TOP = 842 - 45;
const LINE_GAP = 1.5;

/** The height of a rule. */
export const RULE_GAP = 7;

/** The width between the margins. */
export const SHEET_WIDTH = 495;

export interface Paragraph {
  text: string;
  bold?: boolean;
  /** Default 8.5. */
  size?: number;
  gray?: boolean;
}

/** Paragraphs one below the other, `left` from the left margin. */
export interface Column {
  left: number;
  width: number;
  align?: 'left' | 'right';
  paragraphs: readonly Paragraph[];
}

/** Columns side by side, which stay on one page. */
export interface Row {
  columns: readonly Column[];
  gapAfter?: number;
}

/** Fills the pages of a document from top to bottom. */
export class Sheet {
  private readonly pdf: PDFKit.PDFDocument;
  private readonly missing = new Set<string>();
  /** The heights of paragraphs, which are measured up to three times. Their column gives them always the same width. */
  private readonly heights = new Map<Paragraph, number>();
  private y = MARGIN;

  /** @param info must have a CreationDate: otherwise the PDF contains the present time, also in its id. */
  constructor(info: PDFKit.DocumentInfo & { CreationDate: Date }) {
    this.pdf = new Pdf({
      size: 'A4',
      // This class places everything; pdfkit must not turn pages.
      margin: 0,
      bufferPages: true,
      // No default font: pdfkit would load one of its own.
      font: '',
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info,
    });
    // Registered by name, because pdfkit creates a new font each time it gets one by value.
    for (const [name, font] of Object.entries(invoiceFonts())) {
      // pdfkit takes a font that fontkit has opened, which its types do not say.
      this.pdf.registerFont(name, font);
    }
  }

  /** The characters that were printed as boxes, because the font does not have them. */
  get missingCharacters(): readonly string[] {
    return [...this.missing];
  }

  heightOf({ columns, gapAfter = 0 }: Row): number {
    return Math.max(...columns.map((column) => this.columnHeight(column))) + gapAfter;
  }

  fits(height: number): boolean {
    return this.y + height <= BOTTOM;
  }

  add(row: Row): void {
    const height = this.heightOf(row);
    if (!this.fits(height)) this.turnPage();
    for (const column of row.columns) this.write(column);
    this.y += height;
  }

  rule(): void {
    this.pdf
      .moveTo(MARGIN, this.y)
      .lineTo(MARGIN + SHEET_WIDTH, this.y)
      .lineWidth(0.5)
      .stroke('#bbbbbb');
    this.y += RULE_GAP;
  }

  skip(height: number): void {
    this.y += height;
  }

  turnPage(): void {
    this.pdf.addPage();
    this.y = MARGIN;
  }

  /** Ends the document, with a footer on each page. */
  async end(footer: (page: number, pages: number) => readonly Column[]): Promise<Buffer> {
    const { start, count } = this.pdf.bufferedPageRange();
    for (let page = start; page < start + count; page += 1) {
      this.pdf.switchToPage(page);
      this.y = FOOTER_TOP;
      for (const column of footer(page + 1, count)) this.write(column);
    }
    this.pdf.end();
    return buffer(this.pdf);
  }

  private columnHeight({ width, paragraphs }: Column): number {
    return paragraphs.reduce((sum, paragraph) => sum + this.paragraphHeight(paragraph, width), 0);
  }

  private paragraphHeight(paragraph: Paragraph, width: number): number {
    this.setStyle(paragraph);
    const height =
      this.heights.get(paragraph) ?? this.pdf.heightOfString(paragraph.text, textOptions(paragraph, width));
    this.heights.set(paragraph, height);
    return height;
  }

  private write({ left, width, align = 'left', paragraphs }: Column): void {
    let y = this.y;
    for (const paragraph of paragraphs) {
      const height = this.paragraphHeight(paragraph, width);
      const font = invoiceFonts()[paragraph.bold ? 'bold' : 'regular'];
      for (const character of missingIn(font, paragraph.text)) this.missing.add(character);
      // With a height, pdfkit does not turn the page; the 1 is for rounding.
      const options = { ...textOptions(paragraph, width), align, height: height + 1 };
      this.pdf.text(paragraph.text, MARGIN + left, y, options);
      y += height;
    }
  }

  private setStyle({ bold = false, size = 8.5, gray = false }: Paragraph): void {
    this.pdf.font(bold ? 'bold' : 'regular', size).fillColor(gray ? '#666666' : '#111111');
  }
}

function textOptions({ text }: Paragraph, width: number): PDFKit.Mixins.TextOptions {
  const direction = directionOf(text);
  // See `layOutAnyText`.
  const features = direction && { features: [direction] as unknown as PDFKit.Mixins.OpenTypeFeatures[] };
  return { width, lineGap: LINE_GAP, ...features };
}
