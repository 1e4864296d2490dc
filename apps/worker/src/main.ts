import 'reflect-metadata';
import { runService } from '#libs/service';
import { startWorker } from './worker.ts';

await runService(startWorker);
