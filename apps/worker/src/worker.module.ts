import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { OrderTable } from '#libs/orders';
import type { Logger } from '#libs/service';
import { LOGGER, PLACEMENT_RULES, PlaceOrderHandler } from './place-order.handler.ts';
import { RethrowFilter } from './rethrow.filter.ts';
import type { WorkerConfig } from './worker.config.ts';

@Module({})
export class WorkerModule {
  static with(config: WorkerConfig, table: OrderTable, logger: Logger): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [PlaceOrderHandler],
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: OrderTable, useValue: table },
        { provide: PLACEMENT_RULES, useValue: { wholesaleApprovalLimit: config.WHOLESALE_APPROVAL_LIMIT } },
        { provide: APP_FILTER, useClass: RethrowFilter },
      ],
    };
  }
}
