/**
 * How fast one stream relay is against a stub of AWS that answers each call after 5 ms, and how many calls it needs.
 * `npm run bench:relay -- [records]`; the figures are of this machine, the calls are not.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { appEnvironments } from '../local/apps.ts';
import { startLocalAws } from '../local/aws/local-aws.ts';
import { defaultPorts } from '../local/ports.ts';
import { freePorts } from '../local/taken-ports.ts';

const RELAY = join(import.meta.dirname, '../dist/apps/stream-relay/src/main.js');
const STUB = join(import.meta.dirname, 'stub/stream-stub.ts');
const ITEMS = 2_000;
/** The first part warms up and is not measured. */
const WARM_UP = 0.2;
const CLOCK_TICKS_PER_SECOND = 100;

interface Figures {
  calls: Record<string, number>;
  published: number;
}

const records = Number(process.argv[2] ?? 50_000);
if (!Number.isInteger(records) || records < 1_000) {
  process.stderr.write('expected a whole number of records from 1000, for example: npm run bench:relay -- 50000\n');
  process.exit(2);
}

const [AWS_PORT = 0, DYNAMODB_PORT = 0, RELAY_PORT = 0] = await freePorts(3);
const ports = { ...defaultPorts, AWS_PORT, DYNAMODB_PORT, RELAY_PORT };
const aws = await startLocalAws({ ports });
const stub = fork(STUB, {
  execArgv: ['--conditions=source'],
  env: {
    ...process.env,
    STUB_RECORDS: String(records),
    STUB_ITEMS: String(ITEMS),
    STUB_DYNAMODB: aws.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
  },
});
const [port] = (await once(stub, 'message')) as [number];
const relay = startRelay(`http://127.0.0.1:${port}`);
try {
  report(await measure());
} finally {
  await end(relay);
  await end(stub);
  await aws.stop();
}

function startRelay(endpoint: string): ChildProcess {
  const variables = appEnvironments(ports, aws.resources, {} as never)['stream-relay'];
  return spawn(process.execPath, ['--enable-source-maps', RELAY], {
    env: {
      ...process.env,
      ...aws.env,
      ...variables,
      // Each relayed event is a line of log: that is part of the work.
      LOG_LEVEL: 'info',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
      AWS_ENDPOINT_URL_SNS: endpoint,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function measure() {
  const from = await figuresAt(records * WARM_UP);
  const to = await figuresAt(records);
  const published = to.published - from.published;
  return {
    recordsPerSecond: published / ((to.atMs - from.atMs) / 1_000),
    cpuMsPerThousandRecords: ((to.cpuMs - from.cpuMs) / published) * 1_000,
    peakRssMb: to.peakRssMb,
    callsPerThousandRecords: Object.fromEntries(
      Object.entries(to.calls).map(([action, count]) => [
        action,
        ((count - (from.calls[action] ?? 0)) / published) * 1_000,
      ]),
    ),
  };
}

/** What was counted when that many records were published. */
async function figuresAt(published: number) {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/figures`);
    const figures = (await response.json()) as Figures;
    if (figures.published >= published) return { ...figures, atMs: performance.now(), ...usageOf(relay.pid ?? 0) };
    if (relay.exitCode !== null) throw new Error(`the relay ended with ${relay.exitCode}`);
    await wait(20);
  }
}

/** CPU time and peak memory of a process, from /proc. */
function usageOf(pid: number): { cpuMs: number; peakRssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { cpuMs: (ticks / CLOCK_TICKS_PER_SECOND) * 1_000, peakRssMb: peakKb / 1_024 };
}

function report(figures: Awaited<ReturnType<typeof measure>>): void {
  const { callsPerThousandRecords, ...rest } = figures;
  const lines = Object.entries(rest).map(([name, value]) => `${name.padEnd(28)} ${value.toFixed(0)}`);
  const calls = Object.entries(callsPerThousandRecords).map(
    ([action, count]) => `  ${action.padEnd(26)} ${count.toFixed(2)}`,
  );
  const all = Object.values(callsPerThousandRecords).reduce((sum, count) => sum + count, 0);
  process.stdout.write([...lines, `callsPerThousandRecords      ${all.toFixed(1)}`, ...calls, ''].join('\n'));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
