// DynamoDB and its streams, emulated by dynoxide, with the data in DYNAMODB_FILE. It is a process of its own, started by local-aws.ts.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeOnSignal, reportReady } from '../processes/launched.ts';

const DYNOXIDE_VERSION = '1.2.1';
const PROBE_EVERY_MS = 25;

const port = process.env['DYNAMODB_PORT']!;
const file = process.env['DYNAMODB_FILE']!;

/** The binary that npm installed, or the same engine by npx where there is no binary for the platform. */
function dynoxide(): { command: string; args: string[] } {
  const name = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  const modules = join(import.meta.dirname, '../../node_modules');
  const binary = join(modules, '@dynoxide', `${process.platform}-${process.arch}`, name);
  if (existsSync(binary)) return { command: binary, args: [] };
  console.log(`no dynoxide for ${process.platform}-${process.arch} in node_modules: starting it with npx`);
  return { command: 'npx', args: ['--yes', `dynoxide@${DYNOXIDE_VERSION}`] };
}

async function answers(): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
  return response !== undefined;
}

const { command, args } = dynoxide();
const engine = spawn(command, [...args, '--port', port, '--db-path', file], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(engine, 'exit');

let closing = false;
ended.then(
  ([code, signal]) => closing || fail(`dynoxide ended (${signal ?? code})`),
  (error: Error) => fail(`dynoxide did not start: ${error.message}`),
);

function fail(reason: string): void {
  console.error(reason);
  process.exit(1);
}

async function close(): Promise<void> {
  closing = true;
  engine.kill('SIGTERM');
  await ended;
  rmSync(dirname(file), { recursive: true, force: true });
}

closeOnSignal(close);
while (!(await answers())) await sleep(PROBE_EVERY_MS);
reportReady();
