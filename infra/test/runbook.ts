import { readFileSync } from 'node:fs';

/** The headings of docs/runbook.md below `## Alarms`, one for each alarm, as the anchors that their links have. */
export function alarmAnchors(page: string = runbook()): string[] {
  const [, section = ''] = /\n## Alarms\n(.*?)(?=\n## |$)/s.exec(page) ?? [];
  return [...section.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
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
