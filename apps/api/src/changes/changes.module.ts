import { Module } from '@nestjs/common';
import { CommandIds, OrderIds } from '#libs/orders';
import { AuthModule } from '../auth/auth.module.ts';
import { OrdersModule } from '../orders/orders.module.ts';
import { commandControllers, CommandsController } from './changes.controller.ts';
import { CommandOutcomes } from './command-outcomes.ts';
import { OrderChanging } from './order-changing.ts';

@Module({
  imports: [AuthModule, OrdersModule],
  controllers: [...commandControllers, CommandsController],
  providers: [
    OrderChanging,
    CommandOutcomes,
    { provide: CommandIds, inject: [OrderIds], useFactory: (orderIds: OrderIds) => new CommandIds(orderIds) },
  ],
})
export class ChangesModule {}
