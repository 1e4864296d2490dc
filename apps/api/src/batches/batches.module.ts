import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.ts';
import { BatchesController } from './batches.controller.ts';
import { OrderBatching } from './order-batching.ts';

@Module({ imports: [OrdersModule], controllers: [BatchesController], providers: [OrderBatching] })
export class BatchesModule {}
