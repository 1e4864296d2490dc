import { stages } from '../../infra/lib/stages.ts';
import { idleCosts, sum } from './idle-costs.ts';

/** By item of the costs: the settings that change it, and what a cheaper setting takes away. Never an accepted order. */
const LEVERS: Readonly<Record<string, readonly [setting: string, takesAway: string]>> = {
  tasks: [
    '`services`',
    'room for a rush: orders wait until more tasks run, and beyond the maximum the api answers 503',
  ],
  'public addresses of tasks': ['`natGateways: 0`', 'private tasks; nobody can connect to their public addresses'],
  'NAT gateways': [
    '`natGateways`',
    'with fewer than zones, a failed zone can stop the intake; with none, private tasks',
  ],
  'bytes through NAT': ['`natGateways`, `eventDelaySeconds`', 'as above'],
  'load balancer': ['none', ''],
  firewall: [
    '`edge.firewall`',
    'the limit for each address, AWS rules, alarms of CloudFront; the api still limits callers',
  ],
  'machine clients': ['`serviceClients`', 'tokens for services from the pool of staff; another issuer can give them'],
  'stream and leases': [
    '`eventDelaySeconds`',
    'events of an idle shop leave later; after a crash of the relay, ten times as much',
  ],
  'polls of the queue': ['none', ''],
  metrics: ['none', ''],
  alarms: ['`consumers`, `edge.firewall`', 'alarms of a subscriber that nobody has, and of CloudFront'],
  'scaling triggers': ['none', ''],
  dashboard: ['`dashboard`', 'one page for everything; the metrics, alarms and saved queries stay'],
  'keys and secret': ['`edge.firewall`', 'the second topic for alarms'],
  'log and images': ['`logRetentionDays`', 'older lines of the log'],
};

export const LEVER_COLUMNS = ['item', ...Object.keys(stages), 'lever', 'what it takes away'];

/** What bills in each stage without any order, in dollars a month. */
export function leverRows(): string[][] {
  const costs = Object.values(stages).map(idleCosts);
  const rows = Object.entries(LEVERS).map(([item, [setting, takesAway]]) => [
    item,
    ...costs.map((stage) => {
      const cost = stage[item];
      if (cost === undefined) throw new Error(`expected idleCosts to have the item ${item}`);
      return cost.toFixed(2);
    }),
    setting,
    takesAway,
  ]);
  const unknown = Object.keys(costs[0] ?? {}).filter((item) => !(item in LEVERS));
  if (unknown.length > 0) throw new Error(`expected a lever of ${unknown.join(', ')}`);
  return [...rows, ['**together**', ...costs.map((stage) => `**${sum(stage).toFixed(2)}**`), '', '']];
}
