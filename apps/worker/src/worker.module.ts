import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Catch, type DynamicModule, type ExceptionFilter, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { MetricRecorder } from '#libs/metrics';
import { OrderBatchTable, OrderTable, PaymentClaimTable, RefusedCommandTable, TableWrites } from '#libs/order-store';
import type { ShopRules } from '#libs/orders';
import { awsClient, type Telemetry } from '#libs/service';
import { ChangeOrderHandler } from './change-order.handler.ts';
import { LOGGER, SHOP_RULES } from './injected.ts';
import { PlaceOrderHandler } from './place-order.handler.ts';
import { RecordBatchHandler } from './record-batch.handler.ts';
import type { WorkerConfig } from './worker.config.ts';

/** A call with 25 inserts takes about 10 ms. Two attempts of 3 s end well within a message's 30 s of invisibility. */
const TABLE_CALLS = { requestTimeoutMs: 3_000, maxAttempts: 2, maxSockets: 16 };

/** Passes a handler's error to the transport, which decides by its code; Nest's default filter would hide it. */
@Catch()
class RethrowFilter implements ExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

@Module({})
export class WorkerModule {
  static with(config: WorkerConfig, { logger, metrics }: Telemetry<'worker'>): DynamicModule {
    const dynamodb = awsClient(DynamoDBClient, TABLE_CALLS);
    // Claims and orders share calls, so that these are fuller.
    const writes = new TableWrites(dynamodb);
    const orders = new OrderTable(dynamodb, config.ORDERS_TABLE, writes);
    const claims = new PaymentClaimTable(dynamodb, config.PAYMENT_CLAIMS_TABLE, orders, writes);
    return {
      module: WorkerModule,
      controllers: [PlaceOrderHandler, ChangeOrderHandler, RecordBatchHandler],
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: MetricRecorder, useValue: metrics },
        { provide: OrderTable, useValue: orders },
        { provide: PaymentClaimTable, useValue: claims },
        { provide: RefusedCommandTable, useValue: new RefusedCommandTable(dynamodb, config.COMMAND_OUTCOMES_TABLE) },
        { provide: OrderBatchTable, useValue: new OrderBatchTable(dynamodb, config.ORDER_BATCHES_TABLE) },
        { provide: SHOP_RULES, useValue: shopRulesOf(config) },
        { provide: APP_FILTER, useClass: RethrowFilter },
      ],
    };
  }
}

function shopRulesOf(config: WorkerConfig): ShopRules {
  const { WHOLESALE_APPROVAL_LIMIT, SELLER_NAME, SELLER_ADDRESS, SELLER_VAT_ID, SELLER_TIME_ZONE } = config;
  return {
    wholesaleApprovalLimit: WHOLESALE_APPROVAL_LIMIT,
    seller: { name: SELLER_NAME, address: SELLER_ADDRESS, vatId: SELLER_VAT_ID, timeZone: SELLER_TIME_ZONE },
  };
}
