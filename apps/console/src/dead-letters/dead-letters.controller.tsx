import { Body, Controller, Get, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { matches, type MessageFilter } from '../../../../operations/dead-letters/dead-letter-message.ts';
import { readStory } from '../../../../operations/dead-letters/queue-reading.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Form, WhyField } from '../view/form.tsx';
import { Fragment, h } from '../view/html.ts';
import { page } from '../view/page.tsx';
import { NextPage, wordsOf } from '../view/table.tsx';
import { DeadLetters, positionOf, queueNamed } from './dead-letters.ts';
import { GroupsView, MessagesTable, MoveButtons, MoveView, StoryView, unseenText } from './dead-letters-view.tsx';
import { type Movement, MOVEMENTS, Moves } from './moves.ts';

const PAGE = 50;
const SHOWN_OF_DRY_RUN = 10;
const STORY_WITHIN_MS = 20_000;
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
    const queues = await this.deadLetters.overview();
    return page(visit, 'Dead letters', <GroupsView queues={queues} reader={visit.reader} />);
  }

  @Get(':queue/messages')
  async list(@CurrentVisit() visit: Visit, @Param('queue') queue: string, @Query() typed: Typed) {
    const { name } = queueNamed(queue);
    const known = (await this.deadLetters.overview())?.find((queue) => queue.name === name);
    const filter = filterOf(typed);
    const matching = known?.messages.filter((message) => matches(message, filter)) ?? [];
    const { cursor = '' } = typed;
    const rest = matching.filter((message) => positionOf(message) > cursor);
    const shown = rest.slice(0, PAGE);
    return page(
      visit,
      name,
      <>
        <h1>{name}</h1>
        <p class="lead">
          {known ? `Messages: ${visit.reader.number(matching.length)}.` : 'The queue is being read: look again soon.'}{' '}
          {typed['code']} {typed['what']}
        </p>
        <MoveButtons queue={name} filter={typed} />
        <MessagesTable queue={name} messages={shown} reader={visit.reader} />
        {known && (
          <NextPage
            url={visit.url}
            cursor={rest.length > PAGE ? positionOf(shown.at(-1)!) : null}
            shown={shown.length}
          />
        )}
      </>,
    );
  }

  @Get(':queue/messages/:message')
  async story(@CurrentVisit() visit: Visit, @Param() { queue = '', message = '' }: Typed) {
    const isWanted = ({ messageId }: { messageId: string }) => messageId === message;
    this.moves.mustBeIdle(queue);
    const story = await this.deadLetters.inTurn(queue, (stopping) => {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(STORY_WITHIN_MS)]);
      return readStory(this.operations.environment, queueNamed(queue), isWanted, signal);
    });
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
    const { id, messages, unseen } = await this.moves.dryRun(movement, name, filterOf(typed));
    const isRedrive = movement === 'redrive';
    const submit = `${wordsOf(movement)} ${messages.length}`;
    return page(
      visit,
      submit,
      <div class="panel">
        <h1>Dry run: {movement}</h1>
        <p class="lead">
          This would move <strong>{visit.reader.number(messages.length)}</strong> of the messages in {name}{' '}
          {isRedrive ? `back to ${source}` : `into ${this.moves.fileOf(name)} on the machine of this console`}. Nothing
          was changed yet. Messages that come in now are left.
        </p>
        {unseen > 0 && (
          <p>
            {unseenText(name, unseen, visit.reader)} Those behind a message that is moved are moved with it, if they
            have the same reason and kind or their order is in quarantine.
          </p>
        )}
        <Form
          action="/dead-letters/moves"
          hidden={{ id }}
          submit={messages.length > 0 ? submit : undefined}
          isDangerous={!isRedrive}
          back="/dead-letters"
        >
          <WhyField subject={visit.session.subject} />
        </Form>
        <MessagesTable queue={name} messages={messages.slice(0, SHOWN_OF_DRY_RUN)} reader={visit.reader} />
      </div>,
    );
  }

  @Post('moves')
  start(@CurrentVisit() { session, reply }: Visit, @Body() { id = '', why = '' }: Typed) {
    this.moves.start(id, session.subject, why);
    void reply.redirect(`/dead-letters/moves/${id}`, 303);
  }
}

function isMovement(text: string): text is Movement {
  return MOVEMENTS.some((one) => one === text);
}

function filterOf({ code, what, message }: Typed): MessageFilter {
  return { ...(code && { code }), ...(what && { what }), ...(message && { messages: [message] }) };
}
