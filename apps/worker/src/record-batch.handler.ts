import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { parseRecordBatchCommand } from '#libs/order-requests';
import { OrderBatchTable } from '#libs/order-store';
import { RECORD_BATCH } from '#libs/orders';
import { type Logger, traceIdOf } from '#libs/service';
import { LOGGER } from './injected.ts';
import type { HandlingOutcome } from './received-command.ts';

/** Stores the outcomes of the rows of a batch: parse, store. The transport acknowledges when this returns. */
@Controller()
export class RecordBatchHandler {
  constructor(
    private readonly batches: OrderBatchTable,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws OrderError: its code decides whether the transport leaves or dead-letters the message. */
  @EventPattern(RECORD_BATCH)
  async handle(@Payload() document: unknown): Promise<HandlingOutcome> {
    const command = parseRecordBatchCommand(document);
    await this.batches.record(command);
    const { batchId, part, traceparent } = command;
    this.logger.info({ batchId, part, traceId: traceIdOf(traceparent) }, 'batch_part_recorded');
    return 'batch_part_recorded';
  }
}
