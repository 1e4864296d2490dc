/** `npm run dlq`: shows and empties the dead-letter queues. See docs/dead-letters.md. */
import { deadLetterQueues, type DlqArguments, readArguments, usage } from './dead-letters/arguments.ts';
import { type DeadLetterSummary, matches } from './dead-letters/dead-letter-message.ts';
import { readOverview, readQueue, readStory } from './dead-letters/queue-reading.ts';
import { redriveOrDiscard, releaseOrder } from './dead-letters/redrive.ts';
import { listText, logText, overviewText, resultText, storyText } from './dead-letters/text.ts';
import type { Environment } from './environment.ts';
import { listOperations } from './operations-log.ts';
import { type Answer, runTool } from './tool.ts';

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: DlqArguments, signal: AbortSignal): Promise<Answer> {
  const { command, queue, filter, limit, dryRun } = typed;
  const { stageOption } = environment;
  const isSelected = (message: DeadLetterSummary) => matches(message, filter);
  if (command === 'log') {
    const operations = await listOperations(environment, limit);
    return { document: operations, text: logText(operations) };
  }
  if (command === 'unpark') {
    const done = await releaseOrder(environment, typed, signal);
    const text = done ? 'the relay publishes the order again' : 'another record has followed: try again';
    return { document: { done }, text, complete: done };
  }
  if (!queue) {
    const queues = deadLetterQueues.filter(({ source }) => environment.hasQueue(source));
    const overview = await readOverview(environment, queues, signal);
    return { document: overview, text: overviewText(overview, stageOption) };
  }
  if (command === 'show') {
    const { body, ...others } = await readStory(environment, queue, isSelected, signal);
    const story = typed.body ? { ...others, body } : others;
    return { document: story, text: storyText(story) };
  }
  if (command === 'list' || dryRun) {
    const reading = await readQueue(environment, queue, signal);
    const matching = reading.messages.filter(isSelected);
    const messages = matching.slice(0, limit);
    const document = { queue: queue.name, dryRun, matching: matching.length, unseen: reading.unseen, messages };
    const list = listText(reading, matching, limit, stageOption);
    if (!dryRun) return { document, text: list };
    const summary = `${command} would take ${matching.length} messages of ${queue.name}; nothing was changed`;
    return { document, text: `${summary}\n\n${list}` };
  }
  const result = await redriveOrDiscard(environment, queue, typed, signal);
  const complete = result.outcome !== 'SOMETHING_STAYED';
  return { document: result, text: resultText(result, stageOption), complete };
}
