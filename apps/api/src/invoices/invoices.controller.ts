import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import Negotiator from 'negotiator';
import { creditNoteDocument, type CreditNoteDocument, invoiceDocument, type InvoiceDocument } from '#libs/orders';
import { AuthGuard } from '../auth/auth.guard.ts';
import { CurrentExchange, type Exchange } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { RateLimitGuard } from '../http/rate-limit.guard.ts';
import { isPending, OrderReading } from '../orders/order-reading.ts';
import { DescribeCreditNote, DescribeInvoice, DescribeInvoices } from './invoices.openapi.ts';

const JSON_TYPE = 'application/json';
const PDF_TYPE = 'application/pdf';

/** Invoices and credit notes, for programs and for people. */
@Controller('v1/orders/:orderId')
@UseGuards(AuthGuard, RateLimitGuard)
@DescribeInvoices()
export class InvoicesController {
  constructor(private readonly reading: OrderReading) {}

  @Get('invoice')
  @DescribeInvoice()
  async invoice(@CurrentExchange() exchange: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(exchange.caller, orderId);
    const document = isPending(order) ? undefined : invoiceDocument(order);
    if (!document) throw new Problem('not-found', 'the order has no invoice: it gets one when it is confirmed');
    return answer(document, exchange);
  }

  @Get('credit-notes/:number')
  @DescribeCreditNote()
  async creditNote(
    @CurrentExchange() exchange: Exchange,
    @Param('orderId') orderId: string,
    @Param('number') number: string,
  ) {
    const order = await this.reading.find(exchange.caller, orderId);
    const document = isPending(order) ? undefined : creditNoteDocument(order, number);
    if (!document) throw new Problem('not-found', `the order has no credit note ${number.slice(0, 64)}`);
    return answer(document, exchange);
  }
}

/** As the caller accepts it (RFC 9110, 12.5.1); JSON where either will do. */
async function answer(document: InvoiceDocument | CreditNoteDocument, { request, reply }: Exchange) {
  void reply.header('vary', [reply.getHeader('vary'), 'accept'].filter(Boolean).join(', '));
  const type = new Negotiator(request).mediaType([JSON_TYPE, PDF_TYPE]);
  if (type === JSON_TYPE) return document;
  if (type !== PDF_TYPE) throw new Problem('not-acceptable', `there is ${JSON_TYPE} and ${PDF_TYPE}`);
  // Fonts and all take 32 MB and 80 ms to load: an api that prints nothing does without.
  const { invoicePdf } = await import('./invoice-pdf.ts');
  void reply.headers({
    'content-type': PDF_TYPE,
    'content-disposition': `inline; filename="${document.number}.pdf"`,
  });
  return invoicePdf(document);
}
