import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { matches, type MessageFilter } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { readStory } from '../../../../operations/dead-letters/queue-reading.ts';
import { UsageError } from '../../../../operations/environment.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Field, Form, WhyField } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { NextPage, wordsOf } from '../view/table.tsx';
import { DeadLetters, queueNamed } from './dead-letters.ts';
import { GroupsView, MessagesTable, MoveButtons, MoveView, StoryView } from './dead-letters-view.tsx';
import { type Movement, MOVEMENTS, Moves } from './moves.ts';

const PAGE = 50;
const SHOWN_OF_DRY_RUN = 10;
const STORY_WITHIN_MS = 20_000;
const UUID = /^[0-9a-f-]{36}$/;
type Typed = Readonly<Record<string, string>>;

@Controller('dead-letters')
@UseGuards(OperatorGuard)
export class DeadLettersController {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly moves: Moves,
    private readonly operations: Operations,
  ) {}

  @Get()
  async groups(@CurrentVisit() visit: Visit) {
    const reading = await this.deadLetters.overview();
    return page(visit, 'Dead letters', <GroupsView reading={reading} reader={visit.reader} />);
  }

  @Get(':queue/messages')
  async list(@CurrentVisit() visit: Visit, @Param('queue') queue: string, @Query() typed: Typed) {
    const { name } = queueNamed(queue);
    const reading = await this.deadLetters.overview();
    const filter = filterOf(typed);
    const all = reading?.queues.find((one) => one.name === name)?.messages ?? [];
    const matching = all.filter((message) => matches(message, filter));
    const from = Number(typed['cursor'] ?? 0) || 0;
    const shown = matching.slice(from, from + PAGE);
    const next = from + PAGE < matching.length ? String(from + PAGE) : null;
    return page(
      visit,
      name,
      <>
        <h1>{name}</h1>
        <p class="lead">
          {visit.reader.number(matching.length)} messages {typed['code']} {typed['what']}
        </p>
        <MoveButtons queue={name} filter={typed} />
        <MessagesTable queue={name} messages={shown} reader={visit.reader} />
        <NextPage url={visit.url} cursor={next} shown={shown.length} />
      </>,
    );
  }

  @Get(':queue/messages/:message')
  async story(@CurrentVisit() visit: Visit, @Param() { queue = '', message = '' }: Typed) {
    const isWanted = ({ messageId }: { messageId: string }) => messageId === message;
    const signal = AbortSignal.timeout(STORY_WITHIN_MS);
    const story = await readStory(this.operations.environment, queueNamed(queue), isWanted, signal);
    return page(
      visit,
      'Dead letter',
      <>
        <StoryView story={story} reader={visit.reader} />
        <MoveButtons queue={queue} filter={{ message }} />
      </>,
    );
  }

  @Get('moves/:id')
  move(@CurrentVisit() visit: Visit, @Param('id') id: string) {
    const move = this.moves.find(id);
    if (!move) throw new NotFoundException();
    return page(visit, 'Dead letters', <MoveView move={move} reader={visit.reader} url={visit.url} />);
  }

  /** The dry run: which messages would be moved. */
  @Get(':queue/:movement')
  async dryRun(@CurrentVisit() visit: Visit, @Param() { queue = '', movement = '' }: Typed, @Query() typed: Typed) {
    if (!isMovement(movement)) throw new NotFoundException();
    const { name, source = 'the topic' } = queueNamed(queue);
    const messages = (await this.deadLetters.fresh(name)).filter((message) => matches(message, filterOf(typed)));
    const file = join(homedir(), `discarded-${this.operations.environment.name}-${name}.jsonl`);
    const isRedrive = movement === 'redrive';
    const submit = `${wordsOf(movement)} ${messages.length}`;
    const { code, what, message } = typed;
    return page(
      visit,
      submit,
      <div class="panel">
        <h1>Dry run: {movement}</h1>
        <p class="lead">
          This would move <strong>{visit.reader.number(messages.length)}</strong> messages of {name}{' '}
          {isRedrive ? `back to ${source}` : 'into a file'}. Nothing was changed yet.
        </p>
        <Form
          action={`/dead-letters/${name}/${movement}`}
          hidden={{ id: randomUUID(), code, what, message, selected: messages.length }}
          submit={messages.length > 0 ? submit : undefined}
          isDangerous={!isRedrive}
          back="/dead-letters"
        >
          <WhyField subject={visit.session.subject} />
          {!isRedrive && <Field label="File on the machine of this console" name="file" required value={file} />}
        </Form>
        <MessagesTable queue={name} messages={messages.slice(0, SHOWN_OF_DRY_RUN)} reader={visit.reader} />
      </div>,
    );
  }

  @Post(':queue/:movement')
  start(
    @CurrentVisit() { session, reply }: Visit,
    @Param() { queue = '', movement = '' }: Typed,
    @Body() typed: Typed,
  ) {
    if (!isMovement(movement)) throw new NotFoundException();
    const { id: typedId = '', why = '', file = '', selected = '' } = typed;
    if (!UUID.test(typedId)) throw new UsageError('open the dry run again');
    const { name } = queueNamed(queue);
    const asked = { id: typedId, movement, queue: name, by: session.subject, why, selected: Number(selected) };
    const { id } = this.moves.start(asked, filterOf(typed), file);
    void reply.redirect(`/dead-letters/moves/${id}`, 303);
  }
}

function isMovement(text: string): text is Movement {
  return MOVEMENTS.some((one) => one === text);
}

function filterOf({ code, what, message }: Typed): MessageFilter {
  return { ...(code && { code }), ...(what && { what }), ...(message && { messages: [message] }) };
}
