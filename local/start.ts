// npm start and npm run dev: the whole service on this machine.
import { parseArgs } from 'node:util';
import { appPorts, missingBuilds } from './apps.ts';
import { readAwsEnvironment } from './aws/aws-environment.ts';
import { LocalRun } from './local-run.ts';
import { readPorts, type Ports, type PortVariable } from './ports.ts';
import { lineLog } from './processes/line-log.ts';
import { killRemaining } from './processes/supervised-process.ts';
import { readyMessage } from './ready-message.ts';
import { takenPorts } from './taken-ports.ts';

/** A terminal's Ctrl-C comes twice under npm, once from the terminal and once passed on by npm. */
const SAME_REQUEST_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const write = lineLog(process.stdout);

async function checkedPorts(): Promise<Ports> {
  const { ports, faults } = readPorts(process.env);
  const { emulated, faults: awsFaults } = readAwsEnvironment(process.env, ports);
  const needed: PortVariable[] = [...Object.values(appPorts), 'AUTH_PORT'];
  if (emulated.sqsAndSns) needed.push('AWS_PORT');
  if (emulated.dynamodb) needed.push('DYNAMODB_PORT');
  const all = [...faults, ...awsFaults, ...missingBuilds(), ...(await takenPorts(ports, needed))];
  if (all.length === 0) return ports;
  all.forEach((fault) => write('start', fault));
  return process.exit(1);
}

/** Stops at the first signal, kills at the second. The answer tells whether one came. */
function stopAtSignal(run: LocalRun): () => boolean {
  let requestedAt: number | undefined;
  const onSignal = (): void => {
    if (requestedAt === undefined) {
      requestedAt = performance.now();
      write('start', 'stopping: each finishes what it has in hand; Ctrl-C again kills');
      void run.stop().then(() => process.exit(0));
    } else if (performance.now() - requestedAt > SAME_REQUEST_MS) {
      process.exit(130);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => requestedAt !== undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { watch: { type: 'boolean', default: false } } });
  const ports = await checkedPorts();
  process.on('exit', killRemaining);
  // A closed terminal takes no more lines; what runs must still be stopped in order.
  process.stdout.on('error', () => undefined);
  const run = new LocalRun({ ports, watch: values.watch, write });
  const stopRequested = stopAtSignal(run);
  try {
    const aws = await run.start();
    console.log(readyMessage(ports, aws.env, performance.now() / 1000));
  } catch (error) {
    if (stopRequested()) return;
    for (const line of (error as Error).message.split('\n')) write('start', line);
    await run.stop();
    process.exit(1);
  }
}

await main();
