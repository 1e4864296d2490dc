import { SQSClient } from '@aws-sdk/client-sqs';
import { Module } from '@nestjs/common';
import { OrderIds } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import { ApiConfig } from '../api.config.ts';
import { AuthModule } from '../auth/auth.module.ts';
import { TELEMETRY } from '../resources.module.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { OrdersController } from './orders.controller.ts';
import { OrdersQueue } from './orders-queue.ts';
import { OutcomeWait } from './outcome-wait.ts';

@Module({
  imports: [AuthModule],
  controllers: [OrdersController],
  providers: [
    OrderPlacement,
    OrderReading,
    OutcomeWait,
    {
      provide: OrdersQueue,
      inject: [SQSClient, ApiConfig, TELEMETRY],
      useFactory: (sqs: SQSClient, { ORDERS_QUEUE_URL }: ApiConfig, telemetry: Telemetry<'api'>) =>
        new OrdersQueue(sqs, ORDERS_QUEUE_URL, telemetry),
    },
    {
      provide: OrderIds,
      inject: [ApiConfig],
      useFactory: ({ ORDER_ID_KEYS }: ApiConfig) => new OrderIds(ORDER_ID_KEYS),
    },
  ],
  exports: [OrderIds, OrderPlacement, OrderReading, OrdersQueue, OutcomeWait],
})
export class OrdersModule {}
