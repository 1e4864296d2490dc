import { Module } from '@nestjs/common';
import { OrderChecking } from './order-checking.ts';
import { OrderPlacement } from './order-placement.ts';
import { OrderReading } from './order-reading.ts';
import { OrdersController } from './orders.controller.ts';
import { OutcomeWait } from './outcome-wait.ts';

@Module({
  controllers: [OrdersController],
  providers: [OrderChecking, OrderPlacement, OrderReading, OutcomeWait],
  exports: [OrderChecking, OrderPlacement, OrderReading, OutcomeWait],
})
export class OrdersModule {}
