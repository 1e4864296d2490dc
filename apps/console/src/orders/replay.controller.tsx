import { Body, Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { readArguments } from '../../../../operations/replay/arguments.ts';
import { openReplay, runReplay } from '../../../../operations/replay/event-replay.ts';
import { Operations } from '../operations.ts';
import { CurrentVisit, OperatorGuard, type Visit } from '../session/visit.ts';
import { Form, WhyField } from '../view/form.tsx';
import { h } from '../view/html.ts';
import { page } from '../view/page.tsx';

const WITHIN_MS = 15_000;

/** Publishes the events of an order again, to all services, as `npm run relay:replay` does. */
@Controller('orders/:orderId/replay')
@UseGuards(OperatorGuard)
export class ReplayController {
  constructor(private readonly operations: Operations) {}

  @Get()
  async dryRun(@CurrentVisit() visit: Visit, @Param('orderId') orderId: string) {
    const { id, events, sent } = await this.run(orderId, ['--dry-run']);
    const services = Object.entries(sent).map(([name, messages]) => `${name} ${visit.reader.number(messages)}`);
    return page(
      visit,
      'Publish again',
      <div class="panel">
        <h1>Dry run: publish the events again</h1>
        <p class="lead">
          This would send {visit.reader.number(events)} events of order {orderId}: {services.join(', ')}. Nothing was
          sent yet.
        </p>
        <Form action={`/orders/${orderId}/replay`} hidden={{ id }} submit="Publish again" back={`/orders/${orderId}`}>
          <WhyField subject={visit.session.subject} />
        </Form>
      </div>,
    );
  }

  @Post()
  async publish(
    @CurrentVisit() visit: Visit,
    @Param('orderId') orderId: string,
    @Body() { id = '', why = '' }: { id?: string; why?: string },
  ) {
    // With the same id, the queues drop the events of a form that is sent twice.
    await this.run(orderId, [`--replay=${id}`, `--by=${visit.session.subject}`, `--why=${why}`]);
    void visit.reply.redirect('/activity', 303);
  }

  private async run(orderId: string, options: readonly string[]) {
    const typed = readArguments(['--to', 'all', `--order=${orderId}`, ...options]);
    const replay = await openReplay(this.operations.environment, typed);
    await runReplay(replay, AbortSignal.timeout(WITHIN_MS));
    return { id: typed.replay, ...replay.result };
  }
}
