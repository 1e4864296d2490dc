import { applyDecorators, Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, type ApiOperationOptions, ApiParam } from '@nestjs/swagger';
import Negotiator from 'negotiator';
import { creditNoteDocument, type CreditNoteDocument, invoiceDocument, type InvoiceDocument } from '#libs/orders';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { answer, json, orderIdParam, problems } from '../http/openapi-parts.ts';
import { Problem } from '../http/problem.ts';
import { isPending, OrderReading } from '../orders/order-reading.ts';

const JSON_TYPE = 'application/json';
const PDF_TYPE = 'application/pdf';

/** Invoices and credit notes, as JSON and PDF. */
@Controller('v1/orders/:orderId')
@CallersOnly('invoices')
export class InvoicesController {
  constructor(private readonly reading: OrderReading) {}

  @Get('invoice')
  @Requires('readOrder')
  @DescribeDocument('Invoice', {
    operationId: 'getInvoice',
    summary: "Read an order's invoice, as JSON or as a PDF",
    description: 'Created when the order is confirmed, and never changed.',
  })
  async invoice(@CurrentExchange() exchange: Exchange, @Param('orderId') orderId: string) {
    const order = await this.reading.find(exchange.caller, orderId);
    const document = isPending(order) ? undefined : invoiceDocument(order);
    if (!document) throw new Problem('not-found', 'the order has no invoice: it gets one when it is confirmed');
    return represented(document, exchange);
  }

  @Get('credit-notes/:number')
  @Requires('readOrder')
  @DescribeDocument('CreditNote', {
    operationId: 'getCreditNote',
    summary: 'Read a credit note of an order, as JSON or as a PDF',
    description:
      'Created when a return is closed, or when an order that has an invoice is cancelled, and never changed; counted from 1.',
  })
  async creditNote(
    @CurrentExchange() exchange: Exchange,
    @Param('orderId') orderId: string,
    @Param('number') number: string,
  ) {
    const order = await this.reading.find(exchange.caller, orderId);
    const document = isPending(order) ? undefined : creditNoteDocument(order, number);
    if (!document) throw new Problem('not-found', `the order has no credit note ${number.slice(0, 64)}`);
    return represented(document, exchange);
  }
}

/** The representation that the caller accepts (RFC 9110, 12.5.1); JSON if both are acceptable. */
async function represented(document: InvoiceDocument | CreditNoteDocument, { request, reply }: Exchange) {
  void reply.header('vary', [reply.getHeader('vary'), 'accept'].filter(Boolean).join(', '));
  const type = new Negotiator(request).mediaType([JSON_TYPE, PDF_TYPE]);
  if (type === JSON_TYPE) return document;
  if (type !== PDF_TYPE)
    throw new Problem('not-acceptable', `the document is available as ${JSON_TYPE} and ${PDF_TYPE}`);
  // Loaded on first use: the PDF code and its fonts take 32 MB and 80 ms.
  const { invoicePdf } = await import('./invoice-pdf.ts');
  void reply.headers({
    'content-type': PDF_TYPE,
    'content-disposition': `inline; filename="${document.number}.pdf"`,
  });
  return invoicePdf(document);
}

type Operation = Required<Pick<ApiOperationOptions, 'operationId' | 'summary' | 'description'>>;

function DescribeDocument(schema: 'Invoice' | 'CreditNote', operation: Operation): MethodDecorator {
  const number = ApiParam({ name: 'number', schema: { type: 'string', pattern: '^[1-9]\\d*$' } });
  const pdf = { schema: { type: 'string', format: 'binary' } };
  return applyDecorators(
    ApiOperation(operation),
    orderIdParam,
    ...(schema === 'CreditNote' ? [number] : []),
    answer(200, 'The document', { ...json(schema), 'application/pdf': pdf }),
    problems('invalid-request', 'not-found', 'not-acceptable'),
  );
}
