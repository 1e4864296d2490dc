import type { StageConfig } from './config.ts';
import { exampleSeller } from './stages.ts';

/** Matches `example` as a part of a name or an address: `ops@example.com`, `com.example.orders`, `/example/`. */
const EXAMPLE = /(^|[/@.])example([/.]|$)/;

/** The fields of a stage that are still examples of this repository. Invoices and events made with them cannot be undone. */
export function placeholdersOf(config: StageConfig): string[] {
  const { alertEmail, repositoryUrl, shopUrls, staffUrls, events, pricing, seller } = config;
  const texts = Object.entries({
    alertEmail,
    repositoryUrl,
    shopUrls: shopUrls.join(' '),
    staffUrls: staffUrls.join(' '),
    ...prefixed('events', events),
    ...prefixed('pricing', { ...pricing }),
  });
  const fields = texts.filter(([, text]) => text.split(' ').some((word) => EXAMPLE.test(word))).map(([field]) => field);
  const isExampleSeller = seller.name === exampleSeller.name || seller.vatId === exampleSeller.vatId;
  return isExampleSeller ? [...fields, 'seller'] : fields;
}

function prefixed(name: string, fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([field, text]) => [`${name}.${field}`, text]));
}

/** Why a valid stage must not be deployed: it keeps its data and still has examples. Undefined if it may be deployed. */
export function deployError(config: StageConfig): string | undefined {
  const placeholders = config.retainData ? placeholdersOf(config) : [];
  if (placeholders.length === 0) return undefined;
  return `stage ${config.stage} keeps its data and still has examples in infra/lib/stages.ts: ${placeholders.join(', ')}`;
}
