import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { MetricRecorder } from '#libs/metrics';
import { OrderBatchTable, OrderTable, OutcomeTable } from '#libs/order-store';
import type { Telemetry } from '#libs/service';
import { ChangeOrderHandler } from './change-order.handler.ts';
import { LOGGER } from './logger.ts';
import { PlaceOrderHandler } from './place-order.handler.ts';
import { RecordBatchHandler } from './record-batch.handler.ts';
import { RethrowFilter } from './rethrow.filter.ts';
import { SHOP_RULES, shopRulesOf } from './shop-rules.ts';
import type { WorkerConfig } from './worker.config.ts';

/** Where the worker keeps what it decides. */
export interface WorkerTables {
  orders: OrderTable;
  outcomes: OutcomeTable;
  batches: OrderBatchTable;
}

@Module({})
export class WorkerModule {
  static with(config: WorkerConfig, tables: WorkerTables, { logger, metrics }: Telemetry<'worker'>): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [PlaceOrderHandler, ChangeOrderHandler, RecordBatchHandler],
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: MetricRecorder, useValue: metrics },
        { provide: OrderTable, useValue: tables.orders },
        { provide: OutcomeTable, useValue: tables.outcomes },
        { provide: OrderBatchTable, useValue: tables.batches },
        { provide: SHOP_RULES, useValue: shopRulesOf(config) },
        { provide: APP_FILTER, useClass: RethrowFilter },
      ],
    };
  }
}
