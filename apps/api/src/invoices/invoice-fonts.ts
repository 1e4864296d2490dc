import { fileURLToPath } from 'node:url';
import { type Font, type Glyph, openSync } from 'fontkit';

type PdfFont = PDFKit.Mixins.PDFFontSource;

/** DejaVu Sans has Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic, not Chinese, Japanese and Korean. */
export interface InvoiceFonts {
  regular: PdfFont;
  bold: PdfFont;
}

let fonts: InvoiceFonts | undefined;

/** Opens the fonts once, on first use, because this takes ten times as long as a page. */
export function invoiceFonts(): InvoiceFonts {
  fonts ??= {
    regular: openFont(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
    bold: openFont(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')),
  };
  return fonts;
}

function openFont(url: string): PdfFont {
  const font = openSync(fileURLToPath(url)) as Font;
  layOutAnyText(font);
  keepTextsApart(font);
  // pdfkit takes a font that fontkit has opened, which its types do not say.
  return font as unknown as PdfFont;
}

/** fontkit 2.0 throws on some texts, such as Tifinagh with a joiner; those are laid out character by character. */
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

/** fontkit caches with a glyph the characters it first stood for, which may be from another document. */
function keepTextsApart(font: Font): void {
  const glyphOf = font.getGlyph.bind(font);
  font.getGlyph = (id, codePoints = []) => {
    const glyph = glyphOf(id, codePoints);
    if (String(glyph.codePoints) === String(codePoints)) return glyph;
    return Object.create(glyph, { codePoints: { value: codePoints } }) as Glyph;
  };
}
