import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify, stripVTControlCharacters } from 'node:util';
import { type AppName, appNames, appPorts } from '../../local/apps.ts';
import { awsClients } from '../../local/aws/aws-clients.ts';
import { readAwsEnvironment } from '../../local/aws/aws-environment.ts';
import { createResources } from '../../local/aws/create-resources.ts';
import { defaultPorts, readPorts } from '../../local/ports.ts';
import type { WriteLine } from '../../local/processes/supervised-process.ts';
import type { PipelineRun } from './pipeline-run.ts';

const PROJECT_FOLDER = join(import.meta.dirname, '../..');
/** Long enough for several health checks. */
const BACK_TO_HEALTH_MS = 30_000;
const ENDING: NodeJS.Signals[] = ['SIGKILL', 'SIGTERM'];

/** Runs `docker` in the project's folder, with this process's environment; resolves to what it printed. */
export async function docker(...args: string[]): Promise<string> {
  // Jest gives tests a process.env of their own, which Node does not know of.
  const options = { cwd: PROJECT_FOLDER, env: process.env, maxBuffer: 64 * 1_048_576 };
  const { stdout } = await promisify(execFile)('docker', args, options);
  return stdout.trim();
}

/** Waits until every container is healthy; those whose environment is another by now are made anew. */
export async function composeUp(...args: string[]): Promise<void> {
  await untilNoneIsUnhealthy();
  await docker('compose', 'up', '--detach', '--wait', ...args);
}

/** Compose gives up at once on a container that is still unhealthy, say after a pause or a load; a check comes every 5 s. */
async function untilNoneIsUnhealthy(): Promise<void> {
  const of = ['--filter', `label=com.docker.compose.project=${process.env['COMPOSE_PROJECT_NAME']}`];
  const deadlineMs = performance.now() + BACK_TO_HEALTH_MS;
  for (let reported = false; performance.now() < deadlineMs; reported = true) {
    const unhealthy = await docker('ps', '--quiet', '--filter', 'health=unhealthy', ...of);
    if (unhealthy === '') return;
    const why = ['inspect', '--format', '{{.Name}} {{json .State.Health.Log}}', ...unhealthy.split('\n')];
    if (!reported) process.stderr.write(`unhealthy before compose up: ${await docker(...why)}\n`);
    await sleep(1_000);
  }
}

/** The containers of an app. */
export async function containersOf(name: AppName): Promise<string[]> {
  return (await docker('compose', 'ps', '--all', '--quiet', name)).split('\n').filter(Boolean);
}

/** The containers of docker-compose.yml, on the ports that this process's environment says; they go on after `stop`. */
export async function startComposeRun(write: WriteLine): Promise<PipelineRun> {
  const since = new Date().toISOString();
  await composeUp();
  const { ports } = readPorts(process.env);
  const { env } = readAwsEnvironment({}, ports);
  const clients = awsClients(env);
  const resources = await createResources(clients);
  clients.destroy();
  const logs = followLogs(since, write);
  return {
    ports,
    aws: { env, resources },
    signal: async (name, signal) => {
      const [container = ''] = await containersOf(name);
      // Of these two the first process would pass on nothing.
      if (signal === 'SIGSTOP') await docker('pause', container);
      else if (signal === 'SIGCONT') await docker('unpause', container);
      else await docker('kill', '--signal', signal, container);
      // Docker restarts nothing that was killed by hand.
      if (!ENDING.includes(signal)) return;
      await docker('wait', container);
      await docker('start', container);
    },
    health: async (name, path) => {
      const [container = ''] = await containersOf(name);
      const url = `http://127.0.0.1:${defaultPorts[appPorts[name]]}${path}`;
      const script = `fetch('${url}').then(({ status }) => console.log(status))`;
      return Number(await docker('exec', container, 'node', '-e', script));
    },
    recordingEnv: {},
    stop: async () => {
      const ended = once(logs, 'exit');
      if (logs.kill()) await ended;
      logs.stdout?.destroy();
    },
  };
}

function followLogs(since: string, write: WriteLine): ChildProcess {
  const args = ['compose', 'logs', '--follow', '--no-color', '--no-log-prefix', '--since', since, ...appNames];
  const child = spawn('docker', args, {
    cwd: PROJECT_FOLDER,
    env: process.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  createInterface(child.stdout).on('line', (line) => write('compose', stripVTControlCharacters(line)));
  return child;
}
