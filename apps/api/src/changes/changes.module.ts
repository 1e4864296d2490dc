import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.ts';
import { commandControllers, CommandsController } from './changes.controller.ts';
import { CommandOutcomes } from './command-outcomes.ts';
import { OrderChanging } from './order-changing.ts';

@Module({
  imports: [OrdersModule],
  controllers: [...commandControllers, CommandsController],
  providers: [OrderChanging, CommandOutcomes],
})
export class ChangesModule {}
