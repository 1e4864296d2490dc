import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { StreamConsumer } from '#libs/dynamodb-streams';
import { HealthServer } from '#libs/service';

/** Stops the stream when the app closes, and then the health server. */
@Injectable()
class RelayShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(StreamConsumer) private readonly stream: StreamConsumer,
    @Inject(HealthServer) private readonly health: HealthServer,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.stream.stop();
    await this.health.close();
  }
}

@Module({})
export class StreamRelayModule {
  static with(stream: StreamConsumer, health: HealthServer): DynamicModule {
    return {
      module: StreamRelayModule,
      providers: [
        RelayShutdown,
        { provide: StreamConsumer, useValue: stream },
        { provide: HealthServer, useValue: health },
      ],
    };
  }
}
