import { type DynamicModule, Module } from '@nestjs/common';
import type { Telemetry } from '#libs/service';
import type { ApiConfig } from './api.config.ts';
import { AuthModule } from './auth/auth.module.ts';
import { BatchesModule } from './batches/batches.module.ts';
import { ChangesModule } from './changes/changes.module.ts';
import { FeedModule } from './feed/feed.module.ts';
import { HealthModule } from './health.module.ts';
import { InvoicesModule } from './invoices/invoices.module.ts';
import { OrdersModule } from './orders/orders.module.ts';
import { ResourcesModule } from './resources.module.ts';

/** The features of the api, in the order in which `/openapi.json` lists them. */
@Module({ imports: [OrdersModule, ChangesModule, FeedModule, BatchesModule, InvoicesModule, HealthModule] })
export class ApiModule {
  static with(config: ApiConfig, telemetry: Telemetry<'api'>, stopping: AbortSignal): DynamicModule {
    const shared = [ResourcesModule.with(config, telemetry, stopping), AuthModule.with(config, telemetry)];
    return { module: ApiModule, imports: shared };
  }
}
