import { Controller, Get, HttpCode, Module, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OrderTable } from '#libs/order-store';
import { ReadinessReport } from '#libs/service';
import { TokenVerifier } from './auth/token-verifier.ts';
import { answer, json, problems } from './http/openapi-parts.ts';
import { OrderPricing } from './orders/order-pricing.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

@Controller('health')
@ApiTags('health')
@problems('invalid-request')
class HealthController {
  private readonly readiness: ReadinessReport;

  /** Without the table, the api still accepts orders, so it stays ready. */
  constructor(queue: OrdersQueue, table: OrderTable, tokens: TokenVerifier, { quotes }: OrderPricing) {
    this.readiness = new ReadinessReport([
      { name: 'ordersQueue', required: true, check: () => queue.probe() },
      { name: 'tokenIssuer', required: true, check: () => tokens.probe() },
      ...(quotes ? [{ name: 'pricingKeys', required: true, check: () => quotes.probe() }] : []),
      { name: 'ordersTable', required: false, check: () => table.probe() },
    ]);
  }

  @Get('live')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'live',
    summary: 'Whether the process runs',
    description: 'Checks no dependency.',
    security: [],
  })
  @answer(200, 'The process runs', json('Health'))
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Whether the api can do its work, with the state of its dependencies',
    description: 'The dependencies are checked once a second at most.',
    security: [],
  })
  @answer(200, 'Ready', json('Health'))
  @answer(503, 'Not ready; `dependencies` has the reasons', json('Health'))
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const answer = await this.readiness.read();
    void reply.status(answer.status === 'ready' ? 200 : 503);
    return answer;
  }
}

@Module({ controllers: [HealthController] })
export class HealthModule {}
