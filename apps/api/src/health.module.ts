import { Controller, Get, HttpCode, Module, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OrderTable } from '#libs/order-store';
import { ReadinessReport } from '#libs/service';
import { TokenVerifier } from './auth/token-verifier.ts';
import { json } from './http/openapi-parts.ts';
import { OrdersQueue } from './orders/orders-queue.ts';

@Controller('health')
@ApiTags('health')
class HealthController {
  private readonly readiness: ReadinessReport;

  /** Without the table, the api still accepts orders, so it stays ready. */
  constructor(queue: OrdersQueue, table: OrderTable, tokens: TokenVerifier) {
    this.readiness = new ReadinessReport([
      { name: 'ordersQueue', required: true, check: () => queue.probe() },
      { name: 'tokenIssuer', required: true, check: () => tokens.probe() },
      { name: 'ordersTable', required: false, check: () => table.probe() },
    ]);
  }

  @Get('live')
  @HttpCode(200)
  @ApiOperation({ operationId: 'live', summary: 'Whether the process runs' })
  @ApiResponse({ status: 200, description: 'The process runs', content: json('Health') })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Whether the api can do its work, with the state of its dependencies',
  })
  @ApiResponse({ status: 200, description: 'Ready', content: json('Health') })
  @ApiResponse({ status: 503, description: 'Not ready; `dependencies` has the reasons', content: json('Health') })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const answer = await this.readiness.read();
    void reply.status(answer.status === 'ready' ? 200 : 503);
    return answer;
  }
}

@Module({ controllers: [HealthController] })
export class HealthModule {}
