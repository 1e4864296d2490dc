/**
 * `npm run dlq`: every dead-letter queue, here or with `--stage NAME` on AWS. Exits 0 when all was done, 1 when something
 * stayed or nobody answered, 2 when it was typed wrong, 130 when it was interrupted.
 */
import { AuditLog } from './audit-log.ts';
import { actText, dryRunText, logText } from './dead-letters/act-text.ts';
import { type DlqArguments, readArguments, usage } from './dead-letters/dlq-arguments.ts';
import type { DeadLetterQueue } from './dead-letters/dead-letter-queues.ts';
import { dryRun, playAct, unpark } from './dead-letters/letter-acts.ts';
import { matches } from './dead-letters/letter-filter.ts';
import { textOf } from './dead-letters/letter-run.ts';
import { storyOf, storyText } from './dead-letters/letter-story.ts';
import { lookInto } from './dead-letters/queue-look.ts';
import { listText, overviewOf, overviewText } from './dead-letters/queue-overview.ts';
import { openTarget, type Target } from './target.ts';
import { outliveReader, printableLines } from './terminal.ts';
import { TargetError, UsageError } from './usage-error.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('stopping: what is in hand is finished, the rest given back');
    interrupted.abort();
  });
}

interface Told {
  /** For programs. */
  document: unknown;
  text: string;
  code: number;
}

async function look(
  target: Target,
  { queue, filter, limit }: DlqArguments & { queue: DeadLetterQueue },
): Promise<Told> {
  const seen = await lookInto(target, queue, interrupted.signal);
  const letters = seen.letters.filter((letter) => matches(letter, filter));
  const shown = letters.slice(0, limit).map(({ message: _message, record: _record, ...told }) => told);
  return {
    document: { queue: queue.name, matching: letters.length, unseen: seen.unseen, messages: shown },
    text: listText(seen, letters, limit, target.stageOption),
    code: 0,
  };
}

async function act(target: Target, typed: DlqArguments & { queue: DeadLetterQueue }): Promise<Told> {
  if (typed.dryRun) {
    const { look, selected } = await dryRun(target, typed, interrupted.signal);
    const document = { dryRun: true, queue: typed.queue.name, selected: selected.length, unseen: look.unseen };
    return { document, text: dryRunText(typed.command, look, selected), code: 0 };
  }
  const result = await playAct(target, typed, interrupted.signal, say);
  const code = { DONE: 0, SOMETHING_STAYED: 1, INTERRUPTED: 130 }[result.outcome];
  return { document: result, text: actText(result, target.stageOption), code };
}

async function answer(target: Target, typed: DlqArguments): Promise<Told> {
  const { signal } = interrupted;
  if (typed.command === 'overview') {
    const overview = await overviewOf(target, signal);
    return { document: overview, text: overviewText(overview, target.stageOption), code: 0 };
  }
  if (typed.command === 'log') {
    const acts = await new AuditLog(target).list(typed.limit);
    return { document: acts, text: logText(acts), code: 0 };
  }
  if (typed.command === 'unpark') {
    const done = await unpark(target, typed.order ?? '', typed, signal, say);
    return {
      document: { done },
      text: done ? 'the order flows again' : 'more has been parked since: look again',
      code: done ? 0 : 1,
    };
  }
  const { queue } = typed as DlqArguments & { queue: DeadLetterQueue };
  if (typed.command === 'list') return look(target, { ...typed, queue });
  if (typed.command === 'show') {
    const story = await storyOf(target, queue, typed.messageId ?? '', signal, typed.body);
    return { document: story, text: storyText(story), code: 0 };
  }
  return act(target, { ...typed, queue });
}

async function main(): Promise<number> {
  let target: Target | undefined;
  try {
    const typed = readArguments(process.argv.slice(2));
    if (typed.command === 'help') {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    target = openTarget(typed.stage);
    const { document, text, code } = await answer(target, typed);
    process.stdout.write(typed.json ? `${JSON.stringify(document)}\n` : `${printableLines(text)}\n`);
    return interrupted.signal.aborted ? 130 : code;
  } catch (error) {
    return failed(error);
  } finally {
    target?.destroy();
  }
}

function failed(error: unknown): number {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${usage}`);
    return 2;
  }
  // What AWS answers, say that the role may not, needs no stack.
  const isTold = error instanceof TargetError || (error instanceof Error && '$metadata' in error);
  say(
    isTold
      ? error instanceof TargetError
        ? error.message
        : `${error.name}: ${textOf(error)}`
      : String((error as Error).stack ?? error),
  );
  return 1;
}

outliveReader();
process.exitCode = await main();
