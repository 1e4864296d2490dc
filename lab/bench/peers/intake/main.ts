import 'reflect-metadata';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OrdersController } from './orders.controller.ts';
import { TokenGuard } from './token.guard.ts';

/**
 * The intake as most teams write it: Nest on Express, class-validator, one SendMessage a request. It checks tokens and
 * orders by the same rules as the api; it has no Idempotency-Key, quota, log of requests, metrics or traces.
 */
@Module({
  controllers: [OrdersController],
  providers: [TokenGuard, { provide: SQSClient, useValue: new SQSClient({ requestHandler: { httpAgent: agent() } }) }],
})
class IntakeModule {}

function agent() {
  return { keepAlive: true, maxSockets: 200 };
}

const app = await NestFactory.create(IntakeModule, { logger: ['error', 'warn'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(Number(process.env['API_PORT']), '0.0.0.0');
