import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BadRequestException, Body, Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { orderRuleErrors, OrderRequest } from '#libs/order-requests';
import { PLACE_ORDER } from '#libs/orders';
import { type AuthenticatedRequest, TokenGuard } from './token.guard.ts';

@Controller()
export class OrdersController {
  constructor(private readonly sqs: SQSClient) {}

  @Post('v1/orders')
  @UseGuards(TokenGuard)
  @HttpCode(202)
  async place(@Req() { customerId }: AuthenticatedRequest, @Body() request: OrderRequest) {
    const errors = orderRuleErrors(request);
    if (errors.length > 0) throw new BadRequestException(errors);
    const orderId = randomUUID();
    const command = { type: PLACE_ORDER, orderId, customerId, receivedAt: new Date().toISOString(), request };
    await this.sqs.send(
      new SendMessageCommand({ QueueUrl: process.env['ORDERS_QUEUE_URL'], MessageBody: JSON.stringify(command) }),
    );
    return { orderId, status: 'PENDING', links: { self: `/v1/orders/${orderId}` } };
  }

  @Get('health/ready')
  ready() {
    return { status: 'up' };
  }
}
