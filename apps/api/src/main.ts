import 'reflect-metadata';
import { runService } from '#libs/service';
import { startApi } from './api.ts';

await runService(startApi);
