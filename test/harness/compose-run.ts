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
const UNHEALTHY_LIMIT_MS = 30_000;
const ENDING: NodeJS.Signals[] = ['SIGKILL', 'SIGTERM'];

/** Runs `docker` in the project's folder with this process's environment. Returns what it printed. */
export async function docker(...args: string[]): Promise<string> {
  // Jest gives tests a process.env of their own, which child processes do not inherit.
  const options = { cwd: PROJECT_FOLDER, env: process.env, maxBuffer: 64 * 1_048_576 };
  const { stdout } = await promisify(execFile)('docker', args, options);
  return stdout.trim();
}

/** Starts the containers and waits until all are healthy. Containers whose environment has changed are recreated. */
export async function composeUp(...args: string[]): Promise<void> {
  await untilNoneIsUnhealthy();
  await docker('compose', 'up', '--detach', '--wait', ...args);
}

/** Compose fails at once for a container that is still unhealthy, such as after a pause or under load. A check runs every 5 s. */
async function untilNoneIsUnhealthy(): Promise<void> {
  const project = ['--filter', `label=com.docker.compose.project=${process.env['COMPOSE_PROJECT_NAME']}`];
  const deadlineMs = performance.now() + UNHEALTHY_LIMIT_MS;
  for (let reported = false; performance.now() < deadlineMs; reported = true) {
    const unhealthy = await docker('ps', '--quiet', '--filter', 'health=unhealthy', ...project);
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

/** Starts the containers of docker-compose.yml on the ports in this process's environment. They keep running after `stop`. */
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
      // The container's first process does not forward these two signals.
      if (signal === 'SIGSTOP') await docker('pause', container);
      else if (signal === 'SIGCONT') await docker('unpause', container);
      else await docker('kill', '--signal', signal, container);
      // Docker does not restart a container that a user has killed.
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
