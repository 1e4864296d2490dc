import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Module,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { orderRuleErrors, OrderRequest } from '#libs/order-requests';
import { PLACE_ORDER } from '#libs/orders';

interface AuthenticatedRequest {
  headers: { authorization?: string };
  customerId?: string;
}

@Injectable()
class TokenGuard implements CanActivate {
  private readonly keys = createRemoteJWKSet(new URL(process.env['AUTH_JWKS_URL'] as string));
  private readonly rules = {
    issuer: process.env['AUTH_ISSUER'] as string,
    audience: process.env['AUTH_AUDIENCE'] as string,
  };

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    // A round measures a peer without authentication.
    if (process.env['PEER_AUTHENTICATION'] === 'off') return true;
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const { payload } = await jwtVerify(token, this.keys, this.rules).catch(() => {
      throw new UnauthorizedException();
    });
    if (!payload.sub) throw new UnauthorizedException();
    request.customerId = payload.sub;
    return true;
  }
}

@Controller()
class OrdersController {
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

const sqs = new SQSClient({ requestHandler: { httpAgent: { keepAlive: true, maxSockets: 200 } } });

/**
 * A typical intake: Nest on Express, class-validator, one SendMessage for each request. It checks tokens and orders by the rules
 * of the api. It has no Idempotency-Key, quota, log of requests, metrics or traces.
 */
@Module({ controllers: [OrdersController], providers: [TokenGuard, { provide: SQSClient, useValue: sqs }] })
class IntakeModule {}

const app = await NestFactory.create(IntakeModule, { logger: ['error', 'warn'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(Number(process.env['API_PORT']), '0.0.0.0');
