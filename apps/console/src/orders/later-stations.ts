import type { PipelineState } from '../pipeline/station.ts';
import type { Reader } from '../view/reader.ts';

/** The relay reads a change within this time, and a local queue is polled each second. */
const SETTLED_AFTER_MS = 5_000;

/**
 * The stations after the worker, as to the order's last change. They keep no time of it, but each takes changes in their order:
 * one whose oldest change is younger has passed this one on, or to its dead letters.
 */
export function laterStations(updatedAt: string, { at, stations }: PipelineState, reader: Reader) {
  const first = stations.findIndex(({ name }) => name === 'stream-relay');
  const later = stations.slice(first).map(({ name, state, figures: { oldest } }) => {
    const oldestMs = oldest?.now ?? 0;
    const reachedMs = Date.parse(at) - Math.max(oldestMs, SETTLED_AFTER_MS);
    const hasPassed = state !== 'down' && Date.parse(updatedAt) < reachedMs;
    const why = oldestMs > 0 ? `its oldest has waited for ${reader.duration(oldestMs)}` : 'it has just changed';
    return { name, hasPassed, text: hasPassed ? '' : state === 'down' ? 'it is down' : why };
  });
  // While the relay has it, no service can.
  return later[0]?.hasPassed ? later : later.slice(0, 1);
}
