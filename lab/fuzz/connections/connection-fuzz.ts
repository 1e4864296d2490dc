import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPipeline } from '../../../local/local-pipeline.ts';
import { say } from '../../run-tool.ts';
import type { Violation } from '../fuzz-result.ts';
import { type AttackResult, hugeRequests, pipeliners, quitters, slowSenders, smugglers, victimOf } from './attacks.ts';
import { GoodClients, type GoodFigures } from './good-clients.ts';
import { IdleConnections, type IdleFigures } from './idle-connections.ts';

/** The api closes a connection that has not sent a request after ten seconds; it checks every second. */
const SILENT_CLOSED_AFTER_MS = 13_000;
/** Fewer good orders than this would prove nothing. */
const LEAST_ORDERS = 100;

export interface ConnectionFigures {
  readonly idle: IdleFigures;
  readonly good: GoodFigures;
  readonly attacks: readonly Pick<AttackResult, 'name' | 'connections'>[];
}

interface ConnectionOutcome {
  readonly figures: ConnectionFigures;
  readonly violations: Violation[];
}

/** Bad clients of every kind at once; good ones must not suffer meanwhile. */
export async function fuzzConnections(pipeline: LocalPipeline, idleCount: number): Promise<ConnectionOutcome> {
  const victim = await victimOf(pipeline);
  const good = await GoodClients.start(pipeline);
  const idle = new IdleConnections();
  await idle.open(victim.port, idleCount);
  say(`connections  ${idleCount} idle connections are open`);
  const lastSilentMs = performance.now();
  const attacks = await Promise.all(
    [slowSenders, hugeRequests, smugglers, pipeliners, quitters].map((play) => play(victim)),
  );
  await sleep(Math.max(0, SILENT_CLOSED_AFTER_MS - (performance.now() - lastSilentMs)));
  const idleFigures = idle.figures;
  idle.close();
  const goodFigures = await good.stop();
  const faults = [
    ...attacks.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
    ...idleFaults(idleFigures),
  ];
  if (goodFigures.orders < LEAST_ORDERS) faults.push(`only ${goodFigures.orders} good orders were placed meanwhile`);
  const repeat = 'npm run fuzz -- --only connections';
  return {
    figures: {
      idle: idleFigures,
      good: goodFigures,
      attacks: attacks.map(({ name, connections }) => ({ name, connections })),
    },
    violations: [...good.violations, ...faults.map((what) => ({ what, repeat }))],
  };
}

function idleFaults({ silent, silentClosed, answered, answeredOpen }: IdleFigures): string[] {
  return [
    ...(silentClosed < silent ? [`${silent - silentClosed} connections that never sent a byte are open still`] : []),
    ...(answeredOpen < answered
      ? [`${answered - answeredOpen} connections were closed before a load balancer would close them`]
      : []),
  ];
}
