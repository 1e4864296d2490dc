import type { AwsCall } from './aws-call.ts';
import { type Answer, jsonAnswer, xmlAnswer } from './failed-answer.ts';

/** Whether an entry of a batch is to fail. */
export type Fails = () => boolean;

/** A batch of which some entries fail: what is still asked of the service, and how its answer is told. */
export interface PartialBatch {
  /** The body without the entries that fail; undefined when none is left to ask for. */
  readonly body: string | undefined;
  /** The whole answer, made of the service's own to what was asked of it. */
  readonly answer: (answered: string | undefined) => Answer;
}

const CODE = 'InternalError';
const MESSAGE = 'injected by the fault proxy';

/** Undefined for a call that is no batch or none of whose entries fails. */
export function partialBatch(call: AwsCall, fails: Fails): PartialBatch | undefined {
  switch (call.action) {
    case 'SendMessageBatch':
    case 'DeleteMessageBatch':
    case 'ChangeMessageVisibilityBatch':
      return ofQueueEntries(call, fails);
    case 'PublishBatch':
      return ofPublishEntries(call, fails);
    case 'BatchExecuteStatement':
      return ofStatements(call, fails);
    case 'BatchGetItem':
      return ofKeys(call, fails);
    default:
      return undefined;
  }
}

function split<Item>(items: readonly Item[], fails: Fails): { failed: Item[]; kept: Item[] } {
  const failed = items.filter(() => fails());
  return { failed, kept: items.filter((item) => !failed.includes(item)) };
}

function ofQueueEntries({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
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

/** Query protocol: `PublishBatchRequestEntries.member.3.Message=…`. */
const ENTRY = /^PublishBatchRequestEntries\.(?:member|entry)\.(\d+)\.(.+)$/;

function ofPublishEntries({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const fields = [...new URLSearchParams(body)];
  const numbers = [...new Set(fields.map(([name]) => ENTRY.exec(name)?.[1]).filter((number) => number !== undefined))];
  const { failed, kept } = split(numbers, fails);
  if (failed.length === 0) return undefined;
  const asked = fields.flatMap<[string, string]>(([name, value]) => {
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
    body: kept.length > 0 ? new URLSearchParams(asked).toString() : undefined,
    answer: (answered = nothing) => xmlAnswer(200, answered.replace(/<\/Failed>/, `${members.join('')}</Failed>`)),
  };
}

function ofStatements({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
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

interface KeysOfTable {
  Keys: object[];
}

function ofKeys({ body }: AwsCall, fails: Fails): PartialBatch | undefined {
  const input = JSON.parse(body) as { RequestItems: Record<string, KeysOfTable> };
  const RequestItems: Record<string, KeysOfTable> = {};
  const UnprocessedKeys: Record<string, KeysOfTable> = {};
  for (const [table, asked] of Object.entries(input.RequestItems)) {
    const { failed, kept } = split(asked.Keys, fails);
    if (failed.length > 0) UnprocessedKeys[table] = { ...asked, Keys: failed };
    if (kept.length > 0) RequestItems[table] = { ...asked, Keys: kept };
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
