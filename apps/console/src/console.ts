import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, NestLogger, type RunningService } from '#libs/service';
import { stages } from '../../../infra/lib/stages.ts';
import { type Environment, openEnvironment } from '../../../operations/environment.ts';
import { type ConsoleConfig, readConfig } from './console.config.ts';
import { ConsoleModule } from './console.module.ts';
import { ErrorFilter } from './http/error.filter.tsx';
import { prepareServer } from './http/server.ts';
import { receiveReports } from './pipeline/failed-answers.ts';
import { LocalPipelineSource } from './pipeline/local-pipeline.ts';
import type { PipelineSource } from './pipeline/station.ts';
import { StagePipelineSource } from './pipeline/stage-pipeline.ts';
import { nameEnvironment } from './view/page.tsx';

/** Starts the console of the pipeline on this machine, or of a stage with the AWS identity of whoever starts it. */
export async function startConsole(stage: string | undefined): Promise<RunningService> {
  const environment = openEnvironment(stage);
  const config = readConfig(stage, process.env);
  const logger = createLogger('console', config);
  nameEnvironment(environment.name);
  const pipeline = pipelineOf(stage, environment, config);
  const adapter = new FastifyAdapter({ bodyLimit: 64 * 1_024 });
  const module = ConsoleModule.with(config, environment, pipeline);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: new NestLogger(logger) });
  app.useGlobalFilters(new ErrorFilter(logger));
  prepareServer(adapter.getInstance());
  if (pipeline instanceof LocalPipelineSource) receiveReports(adapter.getInstance(), pipeline.failedAnswers);
  await app.listen(config.CONSOLE_PORT, config.LISTEN_ADDRESS);
  if (stage !== undefined) process.stdout.write(`console of ${stage}: http://localhost:${config.CONSOLE_PORT}\n`);
  return {
    logger,
    port: config.CONSOLE_PORT,
    close: async () => {
      pipeline.stop();
      await app.close();
      environment.destroy();
    },
  };
}

function pipelineOf(stage: string | undefined, environment: Environment, config: ConsoleConfig): PipelineSource {
  const stageConfig = stage === undefined ? undefined : stages[stage];
  if (stageConfig) return new StagePipelineSource(environment, stageConfig);
  const { API_URL, WORKER_URL, RELAY_URL } = config;
  return new LocalPipelineSource(environment, { api: API_URL, worker: WORKER_URL, 'stream-relay': RELAY_URL });
}
