import { join } from 'node:path';
import { type ProcessDefinition, SupervisedProcess } from './supervised-process.ts';

/** The first Node version that runs TypeScript without a compiler. */
const TYPESCRIPT_NODE_MAJOR = 24;

/** The Node of this process, or the project's own when this process runs on an older one. */
export const nodePath =
  Number.parseInt(process.versions.node, 10) >= TYPESCRIPT_NODE_MAJOR
    ? process.execPath
    : join(import.meta.dirname, '../../node_modules/.bin/node');

type LocalScript = Pick<ProcessDefinition, 'name' | 'write' | 'restarts'> & {
  /** Path of a TypeScript file. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Defines a TypeScript file as a process of its own, so that its work does not slow this process. */
export function localScript({ file, env, ...definition }: LocalScript): SupervisedProcess {
  return new SupervisedProcess({
    ...definition,
    command: nodePath,
    args: ['--conditions=source', file],
    env: { ...process.env, ...env },
  });
}
