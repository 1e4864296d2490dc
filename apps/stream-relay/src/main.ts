import 'reflect-metadata';
import { runService } from '#libs/service';
import { startStreamRelay } from './stream-relay.ts';

await runService(startStreamRelay);
