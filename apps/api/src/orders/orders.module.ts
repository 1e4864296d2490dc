import { Module } from '@nestjs/common';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { OrdersController } from './orders.controller.ts';
import { OutcomeWait } from './outcome-wait.ts';

@Module({
  controllers: [OrdersController],
  providers: [OrderPlacement, OrderReading, OutcomeWait],
  exports: [OrderPlacement, OrderReading, OutcomeWait],
})
export class OrdersModule {}
