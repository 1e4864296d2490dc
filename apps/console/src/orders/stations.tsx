import type { StoredOrder } from '#libs/orders';
import type { ListedMessage } from '../dead-letters/dead-letters.ts';
import type { PipelineState } from '../pipeline/station.ts';
import { h } from '../view/html.ts';
import { laterStations } from './later-stations.ts';
import { Live } from '../view/page.tsx';
import type { Reader } from '../view/reader.ts';
import { wordsOf } from '../view/table.tsx';

export interface StationsView {
  order: StoredOrder;
  reader: Reader;
  /** The messages of the order in dead-letter queues; undefined while they are read. */
  deadLetters: readonly { queue: string; message: ListedMessage }[] | undefined;
  /** Undefined when the pipeline cannot be observed now. */
  pipeline: PipelineState | undefined;
}

/** Each station of the order's path with its time, and how long it took until then. */
export function Stations({ order, reader, deadLetters, pipeline }: StationsView) {
  const { placedAt, history } = order;
  const steps = history.map(({ event, at }, position) => {
    const before = position === 0 ? placedAt : history[position - 1]!.at;
    const what = position === 0 ? 'Orders queue and worker: ' : '';
    return { what: `${what}${wordsOf(event)}`, at, took: Math.max(0, Date.parse(at) - Date.parse(before)) };
  });
  const later = pipeline ? laterStations(order.updatedAt, pipeline, reader) : [];
  const isOnItsWay = !deadLetters || later.some(({ hasPassed }) => !hasPassed);
  return (
    <Live url={`/orders/${order.orderId}`} every={isOnItsWay && '3s'}>
      <ol class="stations">
        <li>
          <strong>Api: received</strong>
          <time datetime={placedAt}>{reader.time(placedAt)}</time>
        </li>
        {steps.map(({ what, at, took }) => (
          <li>
            <strong>{what}</strong>
            <time datetime={at}>{reader.time(at)}</time> <span class="quiet">after {reader.duration(took)}</span>
          </li>
        ))}
        {later.map(({ name, hasPassed, text }) => (
          <li class={hasPassed ? '' : 'waits'}>
            <strong>
              {name}: {hasPassed ? 'passed' : 'may wait here'}
            </strong>
            <span class="quiet">{text}</span>
          </li>
        ))}
        {deadLetters?.map(({ queue, message: { code, messageId } }) => (
          <li class="held">
            <strong>A message of it is a dead letter</strong>
            <a href={`/dead-letters/${queue}/messages/${messageId}`}>
              {queue}: {code}
            </a>
          </li>
        ))}
        {!deadLetters && <li class="quiet">The dead-letter queues are not read yet.</li>}
        <li class={deadLetters?.length ? '' : 'now'}>
          <strong>Now: {wordsOf(order.status)}</strong>
          <span class="quiet">for {reader.age(order.updatedAt)}</span>
        </li>
      </ol>
    </Live>
  );
}
