import type { AwsCall } from './aws-call.ts';
import { type Answer, jsonAnswer, MESSAGE, xmlAnswer } from './failed-answer.ts';

/** Draws whether an entry of a batch fails. */
type Fails = () => boolean;

/** A batch in which some entries fail. */
interface PartialBatch {
  /** The body without the failing entries; undefined when no entry is left. */
  readonly body: string | undefined;
  /** Adds the failed entries to the service's answer. */
  readonly answer: (answered: string | undefined) => Answer;
}

const CODE = 'InternalError';

/** Splits a batch. Returns undefined for other calls, or when no entry fails. */
export function partialBatch(call: AwsCall, fails: Fails): PartialBatch | undefined {
  switch (call.action) {
    case 'SendMessageBatch':
    case 'DeleteMessageBatch':
    case 'ChangeMessageVisibilityBatch':
      return splitQueueEntries(call, fails);
    case 'PublishBatch':
      return splitPublishEntries(call, fails);
    case 'BatchExecuteStatement':
      return splitStatements(call, fails);
    case 'BatchGetItem':
      return splitKeys(call, fails);
    default:
      return undefined;
  }
}

function split<Item>(items: readonly Item[], fails: Fails): { failed: Item[]; kept: Item[] } {
  const failed = items.filter(() => fails());
  return { failed, kept: items.filter((item) => !failed.includes(item)) };
}

function splitQueueEntries({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const input = JSON.parse(body) as { Entries: { Id: string }[] };
  const { failed, kept } = split(input.Entries, fails);
  if (failed.length === 0) return undefined;
  const Failed = failed.map(({ Id }) => ({ Id, Code: CODE, Message: MESSAGE, SenderFault: false }));
  return {
    body: kept.length > 0 ? JSON.stringify({ ...input, Entries: kept }) : undefined,
    answer: (answered = '{"Successful":[]}') => {
      const own = JSON.parse(answered) as { Failed?: object[] };
      return jsonAnswer({ ...own, Failed: [...(own.Failed ?? []), ...Failed] });
    },
  };
}

/** A field of the query protocol: `PublishBatchRequestEntries.member.3.Message=…`. */
const ENTRY = /^PublishBatchRequestEntries\.(?:member|entry)\.(\d+)\.(.+)$/;

function splitPublishEntries({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const fields = [...new URLSearchParams(body)];
  const numbers = [...new Set(fields.map(([name]) => ENTRY.exec(name)?.[1]).filter((number) => number !== undefined))];
  const { failed, kept } = split(numbers, fails);
  if (failed.length === 0) return undefined;
  const remaining = fields.flatMap<[string, string]>(([name, value]) => {
    const [, number, rest] = ENTRY.exec(name) ?? [];
    if (number === undefined) return [[name, value]];
    const position = kept.indexOf(number) + 1;
    return position > 0 ? [[`PublishBatchRequestEntries.member.${position}.${rest}`, value]] : [];
  });
  const idOf = (number: string) =>
    fields.find(([name]) => ENTRY.exec(name)?.[1] === number && name.endsWith('.Id'))?.[1] ?? '';
  const members = failed.map(
    (number) =>
      `<member><Id>${idOf(number)}</Id><Code>${CODE}</Code><Message>${MESSAGE}</Message><SenderFault>false</SenderFault></member>`,
  );
  const nothing =
    '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful></Successful>' +
    '<Failed></Failed></PublishBatchResult><ResponseMetadata><RequestId>chaos</RequestId></ResponseMetadata></PublishBatchResponse>';
  return {
    body: kept.length > 0 ? new URLSearchParams(remaining).toString() : undefined,
    answer: (answered = nothing) => xmlAnswer(200, answered.replace(/<\/Failed>/, `${members.join('')}</Failed>`)),
  };
}

function splitStatements({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const input = JSON.parse(body) as { Statements: object[] };
  const { failed, kept } = split(input.Statements, fails);
  if (failed.length === 0) return undefined;
  return {
    body: kept.length > 0 ? JSON.stringify({ ...input, Statements: kept }) : undefined,
    answer: (answered = '{"Responses":[]}') => {
      const own = (JSON.parse(answered) as { Responses: object[] }).Responses;
      const Error = { Code: 'InternalServerError', Message: MESSAGE };
      // The answers are in the order of the statements.
      const Responses = input.Statements.map((statement) => (failed.includes(statement) ? { Error } : own.shift()));
      return jsonAnswer({ Responses });
    },
  };
}

type KeysOfTable = { Keys: object[] };

function splitKeys({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const input = JSON.parse(body) as { RequestItems: Record<string, KeysOfTable> };
  const RequestItems: Record<string, KeysOfTable> = {};
  const UnprocessedKeys: Record<string, KeysOfTable> = {};
  for (const [table, requested] of Object.entries(input.RequestItems)) {
    const { failed, kept } = split(requested.Keys, fails);
    if (failed.length > 0) UnprocessedKeys[table] = { ...requested, Keys: failed };
    if (kept.length > 0) RequestItems[table] = { ...requested, Keys: kept };
  }
  if (Object.keys(UnprocessedKeys).length === 0) return undefined;
  return {
    body: Object.keys(RequestItems).length > 0 ? JSON.stringify({ ...input, RequestItems }) : undefined,
    answer: (answered = '{"Responses":{}}') => {
      const own = JSON.parse(answered) as { UnprocessedKeys?: Record<string, KeysOfTable> };
      return jsonAnswer({ ...own, UnprocessedKeys: { ...own.UnprocessedKeys, ...UnprocessedKeys } });
    },
  };
}
