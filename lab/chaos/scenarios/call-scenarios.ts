import type { SeededRandom } from '#libs/dynamodb-streams';
import { type AwsService, awsServices, type CallFault, type CallFaultKind } from '../proxy/aws-call.ts';
import type { Moment } from './moment.ts';
import { instants, lasting, type Scenario, type Span } from './scenario.ts';

/** In each stretch of up to ten minutes there is one outage: two fifths of it, at most three minutes. */
const STRETCH_MS = 600_000;
const LONGEST_OUTAGE_MS = 180_000;
const OUTAGE_KINDS = ['reset-before', 'hang', 'error'] as const;

/** Calls that change something: it matters whether they were applied before the answer was lost. */
const CHANGING_ACTIONS = [
  'SendMessageBatch',
  'DeleteMessageBatch',
  'PublishBatch',
  'BatchExecuteStatement',
  'UpdateItem',
];
const BATCH_ACTIONS = [
  'SendMessageBatch',
  'DeleteMessageBatch',
  'PublishBatch',
  'BatchExecuteStatement',
  'BatchGetItem',
];

/** An outage of services: first connections break, then calls hang, then each is answered 500. */
export function outageOf(services: readonly AwsService[], statuses: readonly number[], what: string): Scenario {
  return {
    description: `${what}: connections break, then calls hang, then each is answered 500; the api's answers are ${statuses.join(' or ')} within 2 s`,
    moments: (_random, { durationMs }) => {
      const stretches = Math.ceil(durationMs / STRETCH_MS);
      const stretchMs = durationMs / stretches;
      const forMs = Math.round(Math.min(LONGEST_OUTAGE_MS, 0.4 * stretchMs));
      return Array.from({ length: stretches }, (_, n) => Math.round((n + 0.2) * stretchMs)).flatMap(
        (atMs): Moment[] => [
          { act: 'promise', statuses, atMs, forMs },
          ...OUTAGE_KINDS.map((kind, part): Moment => {
            const faults = services.map((service): CallFault => ({ service, kind, share: 1 }));
            return { act: 'calls', faults, atMs: Math.round(atMs + (part * forMs) / 3), forMs: Math.floor(forMs / 3) };
          }),
        ],
      );
    },
  };
}

export const throttle: Scenario = {
  description: 'SQS, SNS, DynamoDB and its stream throttle up to half of their calls, one service at a time',
  moments: (random, span) => windows(random, span, () => [drawnFault(random, 'throttle', 0.5)]),
};

export const flakyCalls: Scenario = {
  description: 'calls fail, are cut before and after they were applied, hang, are slow, batches succeed in part',
  moments: (random, span) => windows(random, span, () => drawnFaults(random)),
};

export const retryStorm: Scenario = {
  description:
    'SQS answers slowly, or its connection is cut after it has accepted orders; clients give up early and repeat',
  moments: (random, span) =>
    instants(random, span, [0.1 * span.durationMs, 0.2 * span.durationMs], [25_000, 40_000]).flatMap(
      (atMs): Moment[] => {
        const forMs = lasting(random, span, atMs, [10_000, 20_000]);
        const actions = ['SendMessageBatch'];
        const faults: CallFault[] = [
          { service: 'sqs', kind: 'reset-after', share: 0.1, actions },
          { service: 'sqs', kind: 'slow', share: 0.6, actions, delayMs: [100, 800] },
        ];
        return [
          { act: 'impatience', patienceMs: Math.round(random.between(120, 400)), atMs, forMs },
          { act: 'calls', faults, atMs, forMs },
        ];
      },
    ),
};

/** Faults of some seconds each, with calm seconds between them. */
function windows(random: SeededRandom, span: Span, draw: () => CallFault[]): Moment[] {
  return instants(random, span, [0, 1_000], [4_000, 15_000]).map((atMs) => {
    const forMs = lasting(random, span, atMs, [2_000, 12_000]);
    return { act: 'calls', faults: draw(), atMs, forMs };
  });
}

/** Draws two or three faults, each of a small share of its service's calls. */
export function drawnFaults(random: SeededRandom): CallFault[] {
  const kinds: readonly CallFaultKind[] = ['error', 'reset-before', 'reset-after', 'hang', 'slow', 'partial'];
  const first = random.below(kinds.length);
  return Array.from({ length: 2 + random.below(2) }, (_, n) =>
    drawnFault(random, kinds[(first + n * 2) % kinds.length]!, 0.3),
  );
}

function drawnFault(random: SeededRandom, kind: CallFaultKind, most: number): CallFault {
  const service = random.pick(kind === 'partial' ? (['sqs', 'sns', 'dynamodb'] as const) : awsServices)!;
  const share = Number(random.between(most / 10, most).toFixed(2));
  if (kind === 'partial') return { service, kind, share, actions: BATCH_ACTIONS };
  if (kind === 'reset-after' && service !== 'streams') return { service, kind, share, actions: CHANGING_ACTIONS };
  if (kind === 'slow') return { service, kind, share, delayMs: [50, Math.round(random.between(200, 1_500))] };
  return { service, kind, share };
}
