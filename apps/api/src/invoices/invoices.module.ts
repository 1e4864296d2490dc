import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.ts';
import { OrdersModule } from '../orders/orders.module.ts';
import { InvoicesController } from './invoices.controller.ts';

@Module({ imports: [AuthModule, OrdersModule], controllers: [InvoicesController] })
export class InvoicesModule {}
