import { readFileSync } from 'node:fs';

/** The runbook's section for an alarm, or for several alarms of one kind. */
export interface RunbookSection {
  /** The anchor of its heading, as in a link. */
  readonly anchor: string;
  readonly text: string;
}

/** The sections below `## Alarms`. */
export function alarmSections(page: string): RunbookSection[] {
  const [, alarms = ''] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(page) ?? [];
  const [, ...sections] = alarms.split(/^### /m);
  return sections.map((text) => ({ anchor: anchorOf(text.slice(0, text.indexOf('\n'))), text }));
}

export function runbook(): string {
  return readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
}

/** The anchor that Git hosts give a heading: lower case, without punctuation, with dashes for spaces. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
