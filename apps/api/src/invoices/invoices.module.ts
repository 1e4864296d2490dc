import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.ts';
import { InvoicesController } from './invoices.controller.ts';

@Module({ imports: [OrdersModule], controllers: [InvoicesController] })
export class InvoicesModule {}
