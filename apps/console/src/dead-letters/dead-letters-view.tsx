import type { MessageStory } from '../../../../operations/dead-letters/queue-reading.ts';
import { LinkButton } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { Live } from '../view/page.tsx';
import type { Reader } from '../view/reader.ts';
import { Badge, Facts, OrderLink, Table, wordsOf } from '../view/table.tsx';
import { groupsOf, type KnownQueue, type ListedMessage } from './dead-letters.ts';
import { isEnded, type Move, type Movement, MOVEMENTS } from './moves.ts';

const MAX_STAYED = 20;
type Filter = Readonly<Record<string, string>>;

function moveUrl(queue: string, movement: Movement | 'messages', filter: Filter): string {
  const { code, what, message } = filter;
  const given = Object.entries({ code, what, message }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `/dead-letters/${queue}/${movement}?${new URLSearchParams(given).toString()}`;
}

export function GroupsView({ queues, reader }: { queues: readonly KnownQueue[] | undefined; reader: Reader }) {
  const groups = groupsOf(queues ?? []);
  const readAtMs = Math.min(...(queues ?? []).map((queue) => queue.readAtMs));
  const result =
    groups.length > 0 ? 'Messages that could not be handled, by reason and kind.' : 'All queues are empty.';
  return (
    <Live url="/dead-letters" every="5s">
      <h1>Dead letters</h1>
      <p class="lead">
        {queues ? result : 'Reading the queues …'}{' '}
        {queues && <span class="quiet">Read {reader.duration(Date.now() - readAtMs)} ago.</span>}
      </p>
      <Table
        head={['Reason', 'Kind', 'Queue', 'Messages', 'Oldest', 'What to do']}
        numbers={[3, 4]}
        rows={groups.map(({ queue, code, what, count, oldest }) => [
          <a href={moveUrl(queue, 'messages', { code, what })}>{wordsOf(code)}</a>,
          what,
          queue,
          reader.number(count),
          reader.age(oldest),
          MOVEMENTS.map((movement) => [
            <a
              href={moveUrl(queue, movement, { code, what })}
              aria-label={`${wordsOf(movement)} ${code} ${what} of ${queue}`}
            >
              {wordsOf(movement)}
            </a>,
            ' ',
          ]),
        ])}
      />
      {queues?.map(({ name, unseen, quarantinedOrders }) => (
        <>
          {unseen > 0 && <p class="quiet">{unseenText(name, unseen, reader)}</p>}
          {quarantinedOrders > 0 && (
            <p class="notice">
              The relay publishes no events of {reader.number(quarantinedOrders)} orders in quarantine until their
              messages are redriven.
            </p>
          )}
        </>
      ))}
    </Live>
  );
}

export function unseenText(queue: string, unseen: number, reader: Reader): string {
  return `${reader.number(unseen)} more in ${queue} are behind the first messages of their orders, or in flight elsewhere.`;
}

export function MoveButtons({ queue, filter }: { queue: string; filter: Filter }) {
  return (
    <p class="actions">
      {MOVEMENTS.map((movement) => (
        <LinkButton kind={movement === 'redrive' && 'primary'} href={moveUrl(queue, movement, filter)}>
          {wordsOf(movement)}: dry run
        </LinkButton>
      ))}
    </p>
  );
}

interface MessagesView {
  queue: string;
  messages: readonly ListedMessage[];
  reader: Reader;
}

export function MessagesTable({ queue, messages, reader }: MessagesView) {
  return (
    <Table
      head={['Message', 'Reason', 'Kind', 'Order', 'Age', 'Redriven']}
      numbers={[4, 5]}
      rows={messages.map(({ messageId, code, what, orderId, orderKey, sentAt, redriven }) => [
        <a href={`/dead-letters/${queue}/messages/${messageId}`}>
          <code>{messageId.slice(0, 8)}</code>
        </a>,
        wordsOf(code),
        what,
        orderId ? <OrderLink orderId={orderId} /> : (orderKey ?? 'none'),
        reader.age(sentAt),
        reader.number(redriven),
      ])}
    />
  );
}

export function StoryView({ story, reader }: { story: MessageStory; reader: Reader }) {
  const { queue, messageId, code, detail, what, sentAt, received, redriven, orderId, order } = story;
  return (
    <>
      <h1>
        {wordsOf(code)} <span class="quiet">in {queue}</span>
      </h1>
      <p class="lead">
        Message <code>{messageId}</code>
      </p>
      <Facts
        facts={{
          Reason: detail ? `${code}: ${detail}` : code,
          Kind: what,
          Sent: `${reader.time(sentAt)}, ${reader.age(sentAt)} ago`,
          'Received here': `${reader.number(received)} times, redriven ${reader.number(redriven)} times`,
          Order: orderId ? <OrderLink orderId={orderId} /> : 'none',
          'Order now': order ? `${wordsOf(order.status)}, version ${order.version}` : 'not in the table',
          Trace: story.traceId ?? 'none',
          Quarantine: story.quarantine && 'The relay publishes no events of this order.',
        }}
      />
      <Table
        title="What happened to the order"
        head={['Version', 'What', 'When', 'Who']}
        rows={(order?.history ?? []).map(({ version, event, at, by }) => [
          version,
          wordsOf(event),
          reader.time(at),
          by,
        ])}
      />
      <h2>Logs</h2>
      <pre tabindex="0">{story.logs.join('\n') || 'The message names no order and no trace.'}</pre>
      <h2>The message</h2>
      <pre tabindex="0">{story.body ?? ''}</pre>
    </>
  );
}

const COUNTS: Readonly<Record<string, string>> = {
  moved: 'moved',
  stayed: 'stayed',
  returned: 'came back: the cause is not fixed',
  passedOver: 'not selected',
  cameSince: 'arrived since',
  elsewhere: 'in flight elsewhere at the start',
  gone: 'of the dry run are not in the queue any more',
};

/** The progress of a move, and its result. */
export function MoveView({ move, reader, url }: { move: Move; reader: Reader; url: string }) {
  const { movement, queue, by, why, selected, counts, result, error } = move;
  const isRunning = !isEnded(move);
  return (
    <Live url={url} every={isRunning && '1s'}>
      <div class="panel">
        <h1>
          {wordsOf(movement)} of {queue} <Badge status={isRunning ? 'running' : (result?.outcome ?? 'FAILED')} />
        </h1>
        <p class="lead">
          {by}: {why}
        </p>
        <label>
          Progress
          <progress max={Math.max(1, selected)} value={counts['moved'] ?? 0}></progress>
        </label>
        <ul aria-live="polite">
          {Object.entries(COUNTS).map(([name, text]) => {
            const count = counts[name] ?? 0;
            return count > 0 && <li>{`${reader.number(count)} ${text}`}</li>;
          })}
        </ul>
        {error !== undefined && <p class="notice bad">{error}</p>}
        {result?.stayed.slice(0, MAX_STAYED).map(({ messageId, why: reason }) => (
          <p>
            <a href={`/dead-letters/${queue}/messages/${messageId}`}>{messageId.slice(0, 8)}</a> {reason}
          </p>
        ))}
        <p class="actions">
          <LinkButton href="/dead-letters">Dead letters</LinkButton>
          <LinkButton href="/activity">Activity</LinkButton>
        </p>
      </div>
    </Live>
  );
}
