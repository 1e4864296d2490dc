// npm start and npm run dev: the whole service on this machine.
import { once } from 'node:events';
import { styleText } from 'node:util';
import { readArguments } from './arguments.ts';
import { type AppName, appPorts, consoleProcess, missingBuilds, reportsToConsole } from './apps.ts';
import { readAwsEnvironment } from './aws/aws-environment.ts';
import { Examples } from './examples.ts';
import { LocalPipeline } from './local-pipeline.ts';
import { readPorts, type Ports, type PortVariable } from './ports.ts';
import { killRemaining, type WriteLine } from './processes/supervised-process.ts';
import { readyMessage } from './ready-message.ts';
import { takenPorts } from './taken-ports.ts';

/** Under npm, a Ctrl-C arrives twice within this time: from the terminal, and from npm. */
const SAME_REQUEST_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const USAGE = `usage: npm start | npm run dev [-- --examples]   ports and settings by variables: docs/running-locally.md
--examples also starts the services of examples/, which lead each order through its life`;

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'gray'] as const;

const write = lineLog(process.stdout);

/** Writes lines as `name | line` without empty ones. On a terminal, every name has a colour of its own. */
function lineLog(stream: NodeJS.WriteStream): WriteLine {
  const names: string[] = [];
  return (name, line) => {
    if (line.trim() === '') return;
    if (!names.includes(name)) names.push(name);
    const colour = COLOURS[names.indexOf(name) % COLOURS.length]!;
    stream.write(`${styleText(colour, `${name} |`, { stream })} ${line}\n`);
  };
}

async function checkedPorts(): Promise<Ports> {
  const { ports, errors } = readPorts(process.env);
  const { emulated, errors: awsErrors } = readAwsEnvironment(process.env, ports);
  const needed: PortVariable[] = [...Object.values(appPorts), 'AUTH_PORT', 'CONSOLE_PORT'];
  if (emulated.sqsAndSns) needed.push('AWS_PORT');
  if (emulated.dynamodb) needed.push('DYNAMODB_PORT');
  const all = [...errors, ...awsErrors, ...missingBuilds(), ...(await takenPorts(ports, needed))];
  if (all.length === 0) return ports;
  all.forEach((error) => write('start', error));
  return process.exit(1);
}

/** Aborts at the first signal, so that the parts are stopped in order. Exits at the second, which kills them. */
function stopAtSignal(): AbortSignal {
  const stopping = new AbortController();
  let requestedAt: number | undefined;
  const onSignal = (): void => {
    if (requestedAt === undefined) {
      requestedAt = performance.now();
      write('start', 'stopping: each part finishes its work in flight; Ctrl-C again kills');
      stopping.abort(new Error('stopped'));
    } else if (performance.now() - requestedAt > SAME_REQUEST_MS) {
      process.exit(130);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stopping.signal;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { watch, examples } = readArguments(USAGE, { options: { watch: flag, examples: flag } }).values;
  const ports = await checkedPorts();
  process.on('exit', killRemaining);
  // After the terminal is closed, the parts must still be stopped in order.
  process.stdout.on('error', () => undefined);
  const signal = stopAtSignal();
  const env: Record<string, string> = process.stdout.isTTY ? { LOG_PRETTY: '1' } : {};
  const operatorConsole = consoleProcess(ports, { ...readAwsEnvironment(process.env, ports).env, ...env }, write);
  const envOf = (app: AppName) => ({ ...env, ...(app === 'api' && operatorConsole && reportsToConsole(ports)) });
  try {
    operatorConsole?.start();
    const pipeline = await LocalPipeline.start({ ports, write, given: process.env, signal, watch, env: envOf });
    const subscribers = examples ? new Examples(pipeline, write) : undefined;
    console.log(await readyMessage(pipeline, performance.now() / 1000));
    if (!signal.aborted) await once(signal, 'abort');
    await subscribers?.stop();
    // The api sends its last report to the console.
    await Promise.all(pipeline.instancesOf('api').map((api) => api.stop()));
    await operatorConsole?.stop();
    await pipeline.stop();
  } catch (error) {
    if (!signal.aborted) {
      for (const line of (error as Error).message.split('\n')) write('start', line);
      process.exit(1);
    }
  }
  process.exit(0);
}

await main();
