import { type AppName, appNames } from '../../../local/apps.ts';
import type { SeededRandom } from '#libs/dynamodb-streams';
import type { Moment } from './moment.ts';

/** Processes of each app: enough that one can be gone. */
export const INSTANCES = 2;

/** What a scenario draws its moments for. */
export interface Span {
  readonly durationMs: number;
  /** Orders a second. */
  readonly rate: number;
}

export interface Scenario {
  /** What happens, in a line. */
  readonly description: string;
  /** The relay's lease. Default: the relay's own, 10. Less where relays die so often that none would ever read. */
  readonly leaseSeconds?: number;
  /** Times from 0 to the span's end; the same draws make the same moments. */
  moments(random: SeededRandom, span: Span): Moment[];
}

/** Every process of the pipeline. */
export const processes = appNames.flatMap((app) =>
  Array.from({ length: INSTANCES }, (_, n): { app: AppName; instance: number } => ({ app, instance: n + 1 })),
);

/** Instants from `first` on, each a drawn pause after the one before; both as ranges in milliseconds. */
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

/** How long something lasts, drawn, and over with the span. */
export function lasting(
  random: SeededRandom,
  { durationMs }: Span,
  atMs: number,
  [low, high]: [number, number],
): number {
  return Math.round(Math.min(random.between(low, high), durationMs - atMs));
}
