import { readFileSync } from 'node:fs';

/** What the runbook says of an alarm, or of several of a kind. */
export interface RunbookSection {
  /** As in a link to its heading. */
  readonly anchor: string;
  readonly text: string;
}

/** Those below `## Alarms`. */
export function alarmSections(page: string): RunbookSection[] {
  const [, alarms = ''] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(page) ?? [];
  const [, ...sections] = alarms.split(/^### /m);
  return sections.map((text) => ({ anchor: anchorOf(text.slice(0, text.indexOf('\n'))), text }));
}

export function runbook(): string {
  return readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
}

/** As Git hosts make them: in lower case, without punctuation, with dashes for blanks. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
