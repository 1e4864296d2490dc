import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.ts';
import { OrdersModule } from '../orders/orders.module.ts';
import { BatchesController } from './batches.controller.ts';
import { OrderBatching } from './order-batching.ts';

@Module({ imports: [AuthModule, OrdersModule], controllers: [BatchesController], providers: [OrderBatching] })
export class BatchesModule {}
