import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.ts';
import { InvoicesController } from './invoices.controller.ts';
import { PdfQueue } from './pdf-queue.ts';
import { startPdfThread } from './pdf-thread.ts';

const pdfQueue = { provide: PdfQueue, useFactory: () => new PdfQueue(startPdfThread) };

@Module({ imports: [OrdersModule], controllers: [InvoicesController], providers: [pdfQueue] })
export class InvoicesModule {}
