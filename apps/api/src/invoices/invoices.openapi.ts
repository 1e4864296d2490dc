import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EVERY_ANSWER, json, orderIdParam, problems } from '../http/openapi-parts.ts';

export function DescribeInvoices(): ClassDecorator {
  return applyDecorators(
    ApiTags('invoices'),
    ApiBearerAuth(),
    problems('unauthenticated', 'forbidden', 'too-many-requests', 'internal', 'unavailable'),
  );
}

export function DescribeInvoice(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getInvoice',
      summary: "Read an order's invoice, as JSON or as a PDF",
      description: 'Made when the order is confirmed, and never changed.',
    }),
    orderIdParam(),
    documentResponse('Invoice'),
    problems('invalid-request', 'not-found', 'not-acceptable'),
  );
}

export function DescribeCreditNote(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getCreditNote',
      summary: 'Read a credit note of an order, as JSON or as a PDF',
      description:
        'Made when a return is closed, or when an order that has an invoice is cancelled, and never changed; counted from 1.',
    }),
    orderIdParam(),
    ApiParam({ name: 'number', schema: { type: 'string', pattern: '^[1-9]\\d*$' } }),
    documentResponse('CreditNote'),
    problems('invalid-request', 'not-found', 'not-acceptable'),
  );
}

function documentResponse(schema: string): MethodDecorator {
  return ApiResponse({
    status: 200,
    description: 'The document',
    headers: EVERY_ANSWER,
    content: { ...json(schema), 'application/pdf': { schema: { type: 'string', format: 'binary' } } },
  });
}
