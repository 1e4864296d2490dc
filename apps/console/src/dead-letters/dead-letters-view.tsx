import type { DeadLetterMessage } from '../../../../operations/dead-letters/dead-letter-message.ts';
import type { MessageStory } from '../../../../operations/dead-letters/queue-reading.ts';
import { type Child, Fragment, h } from '../view/html.ts';
import type { Reader } from '../view/reader.ts';
import { Badge, OrderLink, Table, wordsOf } from '../view/table.tsx';
import { groupsOf, type Reading } from './dead-letters.ts';
import type { Move, Movement } from './moves.ts';

const MAX_STAYED = 20;
type Filter = Readonly<Record<string, string>>;

export function moveUrl(queue: string, movement: Movement | 'messages', filter: Filter): string {
  const { code, what, message } = filter;
  const given = Object.entries({ code, what, message }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `/dead-letters/${queue}/${movement}?${new URLSearchParams(given).toString()}`;
}

export function GroupsView({ reading, reader }: { reading: Reading | undefined; reader: Reader }) {
  const groups = reading ? groupsOf(reading) : [];
  const unseen = reading?.queues.filter((queue) => queue.unseen > 0) ?? [];
  return (
    <div id="live" hx-get="/dead-letters" hx-trigger="every 5s" hx-select="#live" hx-swap="outerMorph">
      <h1>Dead letters</h1>
      {reading ? (
        <p class="lead">
          {groups.length === 0
            ? 'All dead-letter queues are empty.'
            : 'Messages that could not be handled, by reason and kind.'}{' '}
          <span class="quiet">Read {reader.age(reading.readAt)} ago.</span>
        </p>
      ) : (
        <p class="lead">Reading the queues …</p>
      )}
      {groups.length > 0 && (
        <Table
          head={['Reason', 'Kind', 'Queue', 'Messages', 'Oldest', 'What to do']}
          numbers={[3]}
          rows={groups.map(({ queue, code, what, count, oldest }) => [
            <a href={moveUrl(queue, 'messages', { code, what })}>{wordsOf(code)}</a>,
            what,
            queue,
            reader.number(count),
            reader.age(oldest),
            <>
              <a href={moveUrl(queue, 'redrive', { code, what })} aria-label={`Redrive ${code} ${what} of ${queue}`}>
                Redrive
              </a>{' '}
              <a href={moveUrl(queue, 'discard', { code, what })} aria-label={`Discard ${code} ${what} of ${queue}`}>
                Discard
              </a>
            </>,
          ])}
        />
      )}
      {unseen.map(({ name, unseen }) => (
        <p class="quiet">
          {reader.number(unseen)} more in {name} are behind the first messages of their orders, or in flight elsewhere.
        </p>
      ))}
      {reading && reading.quarantinedOrders.length > 0 && (
        <p class="notice">
          The relay publishes no events of {reader.number(reading.quarantinedOrders.length)} orders in quarantine until
          their messages are redriven.
        </p>
      )}
    </div>
  );
}

export function MessagesTable({
  queue,
  messages,
  reader,
}: {
  queue: string;
  messages: readonly DeadLetterMessage[];
  reader: Reader;
}) {
  return (
    <Table
      head={['Message', 'Reason', 'Kind', 'Order', 'Age', 'Redriven']}
      numbers={[5]}
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
  const {
    queue,
    messageId,
    code,
    detail,
    what,
    sentAt,
    received,
    redriven,
    orderId,
    order,
    traceId,
    quarantine,
    logs,
    body,
  } = story;
  const facts: [string, Child][] = [
    ['Reason', `${code}${detail ? `: ${detail}` : ''}`],
    ['Kind', what],
    ['Sent', `${reader.time(sentAt)}, ${reader.age(sentAt)} ago`],
    ['Received here', `${reader.number(received)} times, redriven ${reader.number(redriven)} times`],
    ['Order', orderId ? <OrderLink orderId={orderId} /> : 'none'],
    ['Order now', order ? `${wordsOf(order.status)}, version ${order.version}` : 'not in the table'],
    ['Trace', traceId ?? 'none'],
  ];
  if (quarantine) facts.push(['Quarantine', 'The relay publishes no events of this order.']);
  return (
    <>
      <h1>
        {wordsOf(code)} <span class="quiet">in {queue}</span>
      </h1>
      <p class="lead">
        Message <code>{messageId}</code>
      </p>
      <dl>
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      {order && <h2>What happened to the order</h2>}
      {order && (
        <Table
          head={['Version', 'What', 'When', 'Who']}
          rows={order.history.map(({ version, event, at, by }) => [version, wordsOf(event), reader.time(at), by])}
        />
      )}
      <h2>Logs</h2>
      <pre tabindex="0">{logs.join('\n') || 'The message names no order and no trace.'}</pre>
      <h2>The message</h2>
      <pre tabindex="0">{body ?? ''}</pre>
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
};

/** The progress of a move, and what came of it. */
export function MoveView({ move, reader, url }: { move: Move; reader: Reader; url: string }) {
  const { movement, queue, by, why, selected, counts, result, error } = move;
  const isRunning = !result && error === undefined;
  const live = isRunning && { 'hx-get': url, 'hx-trigger': 'every 1s', 'hx-select': '#live', 'hx-swap': 'outerMorph' };
  return (
    <div id="live" class="panel" {...live}>
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
        {Object.entries(COUNTS).map(
          ([name, text]) => (counts[name] ?? 0) > 0 && <li>{`${reader.number(counts[name]!)} ${text}`}</li>,
        )}
      </ul>
      {error !== undefined && <p class="notice bad">{error}</p>}
      {result?.stayed.slice(0, MAX_STAYED).map(({ messageId, why: reason }) => (
        <p>
          <a href={`/dead-letters/${queue}/messages/${messageId}`}>{messageId.slice(0, 8)}</a> {reason}
        </p>
      ))}
      <p class="actions">
        <a class="button" href="/dead-letters">
          Dead letters
        </a>
        <a class="button" href="/activity">
          Activity
        </a>
      </p>
    </div>
  );
}
