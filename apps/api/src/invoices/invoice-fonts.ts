import { fileURLToPath } from 'node:url';
import { type Font, type Glyph, openSync } from 'fontkit';
import { type Direction, lineLayout } from './bidirectional-text.ts';

/** DejaVu Sans has Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic, not Chinese, Japanese and Korean. */
export interface InvoiceFonts {
  regular: Font;
  bold: Font;
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

/** Characters that fontkit prints, which are all but those of no width, as a box if the font does not have them. */
const PRINTED = /[^ -~\p{Default_Ignorable_Code_Point}]|[\u115F\u1160\u3164\uFFA0]/gu;

/** The characters of a text for which a font prints a box. */
export function missingIn(font: Font, text: string): string[] {
  return (text.match(PRINTED) ?? []).filter((character) => !font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0));
}

function openFont(url: string): Font {
  const font = openSync(fileURLToPath(url)) as Font;
  layOutAnyText(font);
  keepTextsApart(font);
  return font;
}

/**
 * fontkit 2.0 throws on some texts, such as Tifinagh with a joiner; those are laid out character by character. It also takes
 * a text to have one direction. `Sheet` gives the direction of a paragraph that has both as the only feature: pdfkit has no
 * other parameter for the font, and with features it lays out lines as a whole.
 */
function layOutAnyText(font: Font): void {
  const original = font.layout.bind(font);
  const layOut: Font['layout'] = (text, features, script, language, direction) => {
    try {
      return original(text, features, script, language, direction);
    } catch {
      return original(text, features, 'latn', language, direction);
    }
  };
  const layOutLine = lineLayout(layOut);
  font.layout = (text, features) => {
    const [paragraph] = (features ?? []) as Direction[];
    return paragraph && text !== '' ? layOutLine(text, paragraph) : layOut(text);
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
