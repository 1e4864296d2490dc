import type { PipelineState } from '../pipeline/station.ts';
import type { Reader } from '../view/reader.ts';

/** The relay reads a change within this time, and a local queue is polled each second. */
const SETTLED_AFTER_MS = 5_000;

/**
 * The stations after the worker, and whether the last change of an order has passed them. They keep no time of it, but each handles
 * changes in their order: one whose oldest change is younger has handled this one, or moved it to its dead letters.
 */
export function laterStations(updatedAt: string, { at, stations }: PipelineState, reader: Reader) {
  const first = stations.findIndex(({ name }) => name === 'stream-relay');
  const later = stations.slice(first).map(({ name, state, figures: { oldest } }) => {
    const reachedMs = Date.parse(at) - Math.max(oldest?.now ?? Infinity, SETTLED_AFTER_MS);
    const hasPassed = state !== 'down' && Date.parse(updatedAt) < reachedMs;
    return { name, hasPassed, text: hasPassed ? '' : state === 'down' ? 'it is down' : waitText(oldest?.now, reader) };
  });
  // While the relay has it, no service can.
  return later[0]?.hasPassed ? later : later.slice(0, 1);
}

function waitText(oldestMs: number | undefined, reader: Reader): string {
  if (oldestMs === undefined) return 'others wait here, and since when is not known';
  return oldestMs > 0 ? `its oldest has waited for ${reader.duration(oldestMs)}` : 'the order has just changed';
}
