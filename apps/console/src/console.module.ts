import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Environment } from '../../../operations/environment.ts';
import { ActivityController } from './activity/activity.controller.tsx';
import type { ConsoleConfig } from './console.config.ts';
import { DeadLettersController } from './dead-letters/dead-letters.controller.tsx';
import { DeadLetters } from './dead-letters/dead-letters.ts';
import { Moves } from './dead-letters/moves.ts';
import { Operations } from './operations.ts';
import { OrdersApi } from './orders/orders-api.ts';
import { OrdersController } from './orders/orders.controller.tsx';
import { ReplayController } from './orders/replay.controller.tsx';
import { PipelineController } from './pipeline/pipeline.controller.tsx';
import { PIPELINE, type PipelineSource } from './pipeline/station.ts';
import { ReportsController } from './reports/reports.controller.tsx';
import { Issuer } from './session/issuer.ts';
import { Sessions } from './session/sessions.ts';
import { SignInController } from './session/sign-in.controller.tsx';
import { ToDoController } from './to-do/to-do.controller.tsx';

@Module({})
export class ConsoleModule implements OnApplicationShutdown {
  constructor(private readonly deadLetters: DeadLetters) {}

  static with(config: ConsoleConfig, environment: Environment, pipeline: PipelineSource): DynamicModule {
    const operations = new Operations(environment);
    const deadLetters = new DeadLetters(operations);
    return {
      module: ConsoleModule,
      controllers: [
        SignInController,
        PipelineController,
        OrdersController,
        ReplayController,
        ToDoController,
        DeadLettersController,
        ReportsController,
        ActivityController,
      ],
      providers: [
        { provide: Issuer, useValue: new Issuer(config) },
        { provide: Sessions, useValue: new Sessions(config.CONSOLE_PORT) },
        { provide: OrdersApi, useValue: new OrdersApi(config.API_URL) },
        { provide: Operations, useValue: operations },
        { provide: DeadLetters, useValue: deadLetters },
        { provide: Moves, useValue: new Moves(operations, deadLetters) },
        { provide: PIPELINE, useValue: pipeline },
      ],
    };
  }

  /** Moves and readings give their messages back, before the clients of AWS are closed. */
  onApplicationShutdown(): Promise<void> {
    return this.deadLetters.stop();
  }
}
