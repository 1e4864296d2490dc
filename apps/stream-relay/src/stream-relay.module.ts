import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { StreamConsumer } from '#libs/dynamodb-streams';
import { HealthServer } from '#libs/service';

@Module({})
export class StreamRelayModule implements OnApplicationShutdown {
  constructor(
    private readonly stream: StreamConsumer,
    private readonly health: HealthServer,
  ) {}

  static with(stream: StreamConsumer, health: HealthServer): DynamicModule {
    const providers = [
      { provide: StreamConsumer, useValue: stream },
      { provide: HealthServer, useValue: health },
    ];
    return { module: StreamRelayModule, providers };
  }

  /** Stops the stream when the app closes, and then the health server. */
  async onApplicationShutdown(): Promise<void> {
    await this.stream.stop();
    await this.health.close();
  }
}
