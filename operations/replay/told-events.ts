import { type OrderVersion, orderVersions, type StoredOrder } from '#libs/orders';
import type { TimeWindow } from './replay-options.ts';

/** What there is to tell again of an order. */
export interface ToldEvents {
  /** Oldest first. */
  versions: OrderVersion[];
  /** `NEWEST_ONLY`: earlier ones can not be made anew for certain. `NONE`: no event can be made of it at all. */
  limit?: 'NEWEST_ONLY' | 'NONE';
}

/**
 * The events of an order, those told in the window if there is one. Where only the newest can be told it stands for all of
 * them, as it has the whole order: so it is told although it is of later.
 */
export function toldEvents(order: StoredOrder, window: TimeWindow | undefined): ToldEvents {
  const inWindow = ({ at }: { at: string }) => !window || (at >= window.from && at < window.until);
  const { versions, complete } = orderVersions(order);
  if (complete) return { versions: versions.filter((version) => inWindow({ at: version.order.updatedAt })) };
  // Of no interest, unless something of it was told in that time.
  if (!(order.history ?? [{ at: order.updatedAt }]).some(inWindow)) return { versions: [] };
  return { versions, limit: versions.length > 0 ? 'NEWEST_ONLY' : 'NONE' };
}
