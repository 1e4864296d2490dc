import { eventConsumerNames } from '#libs/resources';
import type { Evidence } from './evidence.ts';
import type { LedgerFault } from './ledger.ts';

const MOST_SHOWN = 50;

/** Each fault with the history of its order, as far as anybody saw it. */
export function faultLines(faults: readonly LedgerFault[], evidence: Evidence): string[] {
  const lines = faults
    .slice(0, MOST_SHOWN)
    .flatMap(({ kind, subject, detail }) => [
      `${kind}: ${subject}: ${detail}`,
      ...historyOf(subject, evidence).map((line) => `    ${line}`),
    ]);
  if (faults.length > MOST_SHOWN) lines.push(`and ${faults.length - MOST_SHOWN} more`);
  return lines;
}

function historyOf(orderId: string, { accepted, stored, changes, told }: Evidence): string[] {
  const attempts = accepted.filter((order) => order.orderId === orderId).flatMap((order) => order.attempts);
  const items = stored.filter((order) => order.orderId === orderId);
  return [
    ...attempts.map((attempt) => `client: ${attempt}`),
    ...changes
      .filter((change) => change.orderId === orderId)
      .map(({ event, commandId }) => `asked for: ${event}, command ${commandId}`),
    ...items.flatMap(({ history }) => history.map(({ version, event, at }) => `table: ${version} ${event} at ${at}`)),
    ...eventConsumerNames.flatMap((service) => {
      const delivered = told[service].get(orderId)?.delivered;
      return delivered ? [`${service}: delivered ${delivered.join(', ')}`] : [];
    }),
  ];
}
