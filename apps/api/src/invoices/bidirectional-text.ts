import bidiFactory from 'bidi-js';
import type { Font, GlyphRun } from 'fontkit';

// Its types describe an ES module; Node loads CommonJS, which exports the function itself.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();

export type Direction = 'ltr' | 'rtl';

/** The blocks of Unicode that are for scripts written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** The direction of a paragraph that has text from right to left, by its first letter (UAX #9, P2); undefined for others. */
export function directionOf(paragraph: string): Direction | undefined {
  if (!RIGHT_TO_LEFT.test(paragraph)) return undefined;
  return bidi.getEmbeddingLevels(paragraph).paragraphs[0]?.level === 1 ? 'rtl' : 'ltr';
}

/** A cache has at most this many runs: some 8 MB of runs of 200 characters. */
const MAX_CACHED_RUNS = 500;

/**
 * Lays out lines that have text from right to left: their runs of one direction from left to right, each shaped by the font.
 * The runs are kept, because pdfkit lays out most of them again to find where a line ends, and then to draw it.
 */
export function lineLayout(layOut: Font['layout']): (line: string, paragraph: Direction) => GlyphRun {
  const cache = new Map<string, GlyphRun>();
  const runOf = ({ text, direction }: Run): GlyphRun => {
    const key = `${direction} ${text}`;
    const run = cache.get(key) ?? layOut(text, undefined, undefined, undefined, direction);
    if (cache.size >= MAX_CACHED_RUNS) cache.clear();
    cache.set(key, run);
    return run;
  };
  return (line, paragraph) => {
    const runs = visualRuns(line, paragraph).map(runOf);
    // Copies, because pdfkit scales the positions.
    const positions = runs.flatMap((run) => run.positions.map((position) => ({ ...position })));
    return Object.create(runs[0] as GlyphRun, {
      glyphs: { value: runs.flatMap(({ glyphs }) => glyphs) },
      positions: { value: positions },
    }) as GlyphRun;
  };
}

interface Run {
  text: string;
  direction: Direction;
}

/** The runs of a line in the order in which they are seen. Blanks at the end stay at the right, where they move nothing. */
function visualRuns(line: string, paragraph: Direction): Run[] {
  const text = line.trimEnd();
  const blanks = line.slice(text.length);
  const levels = bidi.getEmbeddingLevels(text, paragraph);
  const runs: { level: number; first: number; last: number }[] = [];
  let previous = -2;
  for (const index of bidi.getReorderedIndices(text, levels)) {
    const level = levels.levels[index] ?? 0;
    const run = runs.at(-1);
    if (run?.level === level && Math.abs(index - previous) === 1) {
      run.first = Math.min(run.first, index);
      run.last = Math.max(run.last, index);
    } else {
      runs.push({ level, first: index, last: index });
    }
    previous = index;
  }
  const ordered = runs.map(({ level, first, last }): Run => {
    const part = text.slice(first, last + 1);
    return level % 2 === 0 ? { text: part, direction: 'ltr' } : { text: mirrored(part), direction: 'rtl' };
  });
  return blanks === '' ? ordered : [...ordered, { text: blanks, direction: 'ltr' }];
}

/** Brackets open the other way when they are read from right to left. */
function mirrored(text: string): string {
  return Array.from(text, (character) => bidi.getMirroredCharacter(character) ?? character).join('');
}
