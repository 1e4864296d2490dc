import { Catch, type DynamicModule, type ExceptionFilter, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { MetricRecorder } from '#libs/metrics';
import { OrderBatchTable, OrderTable, OutcomeTable } from '#libs/order-store';
import type { ShopRules } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import { ChangeOrderHandler } from './change-order.handler.ts';
import { LOGGER, SHOP_RULES } from './injected.ts';
import { PlaceOrderHandler } from './place-order.handler.ts';
import { RecordBatchHandler } from './record-batch.handler.ts';
import type { WorkerConfig } from './worker.config.ts';

/** The tables that the worker writes. */
export interface WorkerTables {
  orders: OrderTable;
  outcomes: OutcomeTable;
  batches: OrderBatchTable;
}

/** Passes a handler's error to the transport, which decides by its code; Nest's default filter would hide it. */
@Catch()
class RethrowFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
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

function shopRulesOf(config: WorkerConfig): ShopRules {
  const { WHOLESALE_APPROVAL_LIMIT, SELLER_NAME, SELLER_ADDRESS, SELLER_VAT_ID } = config;
  return {
    wholesaleApprovalLimit: WHOLESALE_APPROVAL_LIMIT,
    seller: { name: SELLER_NAME, address: SELLER_ADDRESS, vatId: SELLER_VAT_ID },
  };
}
