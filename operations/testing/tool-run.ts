import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodePath } from '../../local/processes/local-script.ts';

type Variables = Readonly<Record<string, string>>;

/** The output and exit code of a tool. */
export interface ToolRun {
  code: number | null;
  out: string;
  err: string;
}

/** Starts a tool of this folder as `npm run` does. */
export function startTool(script: string, env: Variables, args: readonly string[]): ChildProcess {
  const path = join(import.meta.dirname, '..', script);
  // The import needs classes with decorators, which Node only runs as they were built.
  const conditions = script === 'import.ts' ? [] : ['--conditions=source'];
  return spawn(nodePath, [...conditions, path, ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env } });
}

export async function runTool(script: string, env: Variables, ...args: readonly string[]): Promise<ToolRun> {
  return ended(startTool(script, env, args));
}

export async function ended(process: ChildProcess): Promise<ToolRun> {
  const [out, err, [code]] = await Promise.all([
    textOf(process.stdout!),
    textOf(process.stderr!),
    once(process, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
