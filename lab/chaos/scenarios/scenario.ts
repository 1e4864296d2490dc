import { type AppName, appNames } from '../../../local/apps.ts';
import type { SeededRandom } from '#libs/dynamodb-streams';
import type { Moment } from './moment.ts';

/** The number of processes of each app: one of them may be down. */
export const INSTANCES = 2;

/** The load for which a scenario draws its moments. */
export interface Span {
  readonly durationMs: number;
  /** Orders a second. */
  readonly rate: number;
}

export interface Scenario {
  /** The scenario in one line. */
  readonly description: string;
  /** The relay's lease. Default: the relay's own, 10. It is shorter where frequent kills would keep all relays from reading. */
  readonly leaseSeconds?: number;
  /** Draws moments between 0 and the span's end. The same seed has the same moments. */
  moments(random: SeededRandom, span: Span): Moment[];
}

/** Every process of the pipeline. */
export const processes = appNames.flatMap((app) =>
  Array.from({ length: INSTANCES }, (_, n): { app: AppName; instance: number } => ({ app, instance: n + 1 })),
);

/** Draws instants: the first in a range, the others after pauses in a range, both in milliseconds. */
export function instants(
  random: SeededRandom,
  { durationMs }: Span,
  first: readonly [number, number],
  pause: readonly [number, number],
): number[] {
  const drawn: number[] = [];
  for (let atMs = random.between(...first); atMs < durationMs; atMs += random.between(...pause)) {
    drawn.push(Math.round(atMs));
  }
  return drawn;
}

/** Draws a duration that ends within the span. */
export function lasting(
  random: SeededRandom,
  { durationMs }: Span,
  atMs: number,
  [low, high]: [number, number],
): number {
  return Math.round(Math.min(random.between(low, high), durationMs - atMs));
}
