import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { runService } from '#libs/service';
import { startConsole } from './console.ts';

const { stage } = parseArgs({ options: { stage: { type: 'string' } } }).values;
await runService(() => startConsole(stage));
