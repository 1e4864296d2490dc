import { join } from 'node:path';
import type { WriteLine } from './line-log.ts';
import { SupervisedProcess } from './supervised-process.ts';

const LOCAL_FOLDER = join(import.meta.dirname, '..');
/** The first Node that runs TypeScript as it is. */
const TYPESCRIPT_NODE_MAJOR = 24;

/** This very Node, or the project's own when a test runner was started with an older one. */
export const nodePath =
  Number.parseInt(process.versions.node, 10) >= TYPESCRIPT_NODE_MAJOR
    ? process.execPath
    : join(LOCAL_FOLDER, '../node_modules/.bin/node');

/** A script of this folder as a process of its own, so that its work does not slow ours. */
export function localScript(script: {
  name: string;
  path: string;
  env: Readonly<Record<string, string>>;
  write: WriteLine;
}): SupervisedProcess {
  return new SupervisedProcess({
    name: script.name,
    command: nodePath,
    args: ['--conditions=source', join(LOCAL_FOLDER, script.path)],
    env: { ...process.env, ...script.env },
    write: script.write,
  });
}
