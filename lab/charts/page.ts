/** The style of lines and texts in SVG. */
export const SVG_STYLE = `polyline{fill:none;stroke-width:1.7;stroke-linejoin:round}.grid{stroke:#e3e3e3}
text{font:11px system-ui,sans-serif;fill:#555}.title{font-size:13px;fill:#222;font-weight:600}.y{text-anchor:end}.x{text-anchor:middle}`;

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}td{padding:.15em 1.5em .15em 0;border-bottom:1px solid #e3e3e3}
td+td{font-variant-numeric:tabular-nums}svg{width:100%;height:auto;margin:.4em 0}
${SVG_STYLE}
pre{background:#f6f6f6;padding:1em;overflow:auto;font-size:12px}`;

/** A self-contained HTML page. @param body HTML */
export function page(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
${body.join('\n')}
</body></html>
`;
}

/** Escapes text for HTML and SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
