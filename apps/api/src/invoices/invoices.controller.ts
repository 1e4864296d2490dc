import { applyDecorators, Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiHeader, ApiOperation, type ApiOperationOptions, ApiParam } from '@nestjs/swagger';
import { creditNoteDocument, invoiceDocument } from '#libs/orders';
import type { Telemetry } from '#libs/service';
import { CallersOnly, CurrentExchange, type Exchange } from '../auth/access.ts';
import { Requires } from '../auth/permissions.ts';
import { closedSignalOf } from '../http/connections.ts';
import { answer, json, orderIdParam, problems } from '../http/openapi-parts.ts';
import { Problem } from '../http/problem.ts';
import { JSON_TYPE, matchesEtag, PDF_TYPE, readDocumentType } from '../http/request-headers.ts';
import { TELEMETRY } from '../injected.ts';
import { isPending, OrderReading } from '../orders/order-reading.ts';
import { codePointsText, LAYOUT_VERSION } from './invoice-format.ts';
import type { PrintedDocument } from './invoice-rows.ts';
import { type Place, PdfQueue } from './pdf-queue.ts';

const CACHING = { ETag: 'Identifies the document and its format', 'Cache-Control': 'private, no-cache' };

/** Invoices and credit notes, as JSON and PDF. */
@Controller('v1/orders/:orderId')
@CallersOnly('invoices')
export class InvoicesController {
  constructor(
    private readonly reading: OrderReading,
    private readonly pdfs: PdfQueue,
    @Inject(TELEMETRY) private readonly telemetry: Telemetry<'api'>,
  ) {}

  @Get('invoice')
  @Requires('readOrder')
  @DescribeDocument('Invoice', {
    operationId: 'getInvoice',
    summary: "Read an order's invoice, as JSON or as a PDF",
    description: 'Created when the order is confirmed, and never changed.',
  })
  async invoice(@CurrentExchange() exchange: Exchange, @Param('orderId') orderId: string) {
    return this.represent(exchange, async () => {
      const order = await this.reading.find(exchange.caller, orderId);
      const document = isPending(order) ? undefined : invoiceDocument(order);
      if (!document) throw new Problem('not-found', 'the order has no invoice: it gets one when it is confirmed');
      return document;
    });
  }

  @Get('credit-notes/:number')
  @Requires('readOrder')
  @DescribeDocument('CreditNote', {
    operationId: 'getCreditNote',
    summary: 'Read a credit note of an order, as JSON or as a PDF',
    description:
      'Created when a return is closed, or when an order that has an invoice, or its rest, is cancelled; never changed; counted from 1.',
  })
  async creditNote(
    @CurrentExchange() exchange: Exchange,
    @Param('orderId') orderId: string,
    @Param('number') number: string,
  ) {
    return this.represent(exchange, async () => {
      const order = await this.reading.find(exchange.caller, orderId);
      const document = isPending(order) ? undefined : creditNoteDocument(order, number);
      if (!document) throw new Problem('not-found', `the order has no credit note ${number.slice(0, 64)}`);
      return document;
    });
  }

  /** Answers with the representation that the caller accepts (RFC 9110, 12.5.1); JSON if both are acceptable. */
  private async represent({ caller, request, reply }: Exchange, read: () => Promise<PrintedDocument>) {
    void reply.header('vary', [reply.getHeader('vary'), 'accept'].filter(Boolean).join(', '));
    const type = readDocumentType(request);
    if (type !== JSON_TYPE && type !== PDF_TYPE)
      throw new Problem('not-acceptable', `the document is available as ${JSON_TYPE} and ${PDF_TYPE}`);
    // Entered before the order is read, so that a refusal costs no read.
    const place = type === PDF_TYPE ? this.pdfs.enter(caller.subject, closedSignalOf(reply)) : undefined;
    try {
      const document = await read();
      const etag = `"${document.number}.${place ? 'pdf' : 'json'}.${LAYOUT_VERSION}"`;
      const isKnown = matchesEtag(request.headers['if-none-match'], etag);
      const pdf = place && !isKnown ? await this.print(place, document) : undefined;
      void reply.headers({ etag, 'cache-control': 'private, no-cache' });
      if (isKnown) return void reply.status(304);
      if (!pdf) return document;
      void reply.headers({
        'content-type': PDF_TYPE,
        'content-disposition': `inline; filename="${document.number}.pdf"`,
      });
      return Buffer.from(pdf);
    } finally {
      if (place) this.pdfs.leave(place);
    }
  }

  private async print(place: Place, document: PrintedDocument): Promise<Uint8Array> {
    const { pdf, missingCharacters } = await this.pdfs.print(place, document);
    if (missingCharacters.length > 0) {
      const { orderId, number } = document;
      const codePoints = codePointsText(missingCharacters);
      this.telemetry.logger.warn({ orderId, document: number, codePoints }, 'characters_not_printed');
    }
    return pdf;
  }
}

type Operation = Required<Pick<ApiOperationOptions, 'operationId' | 'summary' | 'description'>>;

function DescribeDocument(schema: 'Invoice' | 'CreditNote', operation: Operation): MethodDecorator {
  const number = ApiParam({ name: 'number', schema: { type: 'string', pattern: '^[1-9]\\d*$' } });
  const pdf = { schema: { type: 'string', format: 'binary' } };
  return applyDecorators(
    ApiOperation(operation),
    orderIdParam,
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETags of documents that the client has: 304 if the document is one of them',
      schema: { type: 'string' },
    }),
    ...(schema === 'CreditNote' ? [number] : []),
    answer(
      200,
      'The document',
      { ...json(schema), [PDF_TYPE]: pdf },
      { ...CACHING, 'Content-Disposition': 'The file name of a PDF' },
    ),
    answer(304, 'The client has the document', {}, CACHING),
    problems('invalid-request', 'not-found', 'not-acceptable'),
  );
}
