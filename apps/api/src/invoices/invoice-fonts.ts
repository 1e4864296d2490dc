import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font, type Glyph } from 'fontkit';
import { unpackWoff } from './woff.ts';

type PdfFont = PDFKit.Mixins.PDFFontSource;

/** DejaVu Sans: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic; not Chinese, Japanese and Korean. */
export interface InvoiceFonts {
  regular: PdfFont;
  bold: PdfFont;
}

let fonts: InvoiceFonts | undefined;

/** Opened when first needed, and once: that takes ten times as long as a page. */
export function invoiceFonts(): InvoiceFonts {
  fonts ??= { regular: openFont(400), bold: openFont(700) };
  return fonts;
}

function openFont(weight: 400 | 700): PdfFont {
  const { resolve } = createRequire(import.meta.url);
  const path = resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`);
  const font = create(unpackWoff(readFileSync(path))) as Font;
  layOutAnyText(font);
  keepTextsApart(font);
  // pdfkit takes a font that fontkit has opened, which its types do not say.
  return font as unknown as PdfFont;
}

/** fontkit 2.0 throws on some texts, such as Tifinagh with a joiner; those are laid out letter by letter. */
function layOutAnyText(font: Font): void {
  const layOut = font.layout.bind(font);
  font.layout = (text, features) => {
    try {
      return layOut(text, features);
    } catch {
      return layOut(text, features, 'latn');
    }
  };
}

/** fontkit keeps with a glyph the characters for which it stood first, which may be those of another document. */
function keepTextsApart(font: Font): void {
  const glyphOf = font.getGlyph.bind(font);
  font.getGlyph = (id, codePoints = []) => {
    const glyph = glyphOf(id, codePoints);
    if (String(glyph.codePoints) === String(codePoints)) return glyph;
    return Object.create(glyph, { codePoints: { value: codePoints } }) as Glyph;
  };
}
