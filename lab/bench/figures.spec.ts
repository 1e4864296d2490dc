import { intakeFigures, pairFigures } from './figures.ts';
import type { IntakeRound } from './intake.ts';
import { comparisonChart, memoryChart } from './results-charts.ts';
import { resultsOf } from './results-file.ts';
import { resultsText, soakText } from './results-text.ts';
import type { Soak } from './soak.ts';
import type { TaskRate } from './task-rate.ts';

const aRate = (cpuMsPerOrder: number, callsPerOrder: Record<string, number> = {}): TaskRate => ({
  orders: 1_000,
  ordersPerSecond: 500,
  cpuMsPerOrder,
  peakRssMb: 200,
  callsPerOrder,
  dollarsPerMillion: 0.4,
});
const aRound = (cpuMsPerOrder: number, lowLoadMs: number): IntakeRound => ({
  rate: aRate(cpuMsPerOrder, { SendMessageBatch: 0.1 }),
  saturatedMs: [80, 90],
  lowLoadMs: [lowLoadMs, lowLoadMs],
  unavailable: 1,
});

const intake = intakeFigures({
  ours: [aRound(0.2, 12), aRound(0.4, 12)],
  limit: [aRound(0.15, 7), aRound(0.3, 7)],
  peer: [aRound(1.2, 8), aRound(2.4, 8)],
  peerWithoutTokens: [aRound(1, 8), aRound(2, 8)],
});
const worker = pairFigures({ ours: [aRate(0.5, { ReceiveMessage: 0.1, DeleteMessageBatch: 0.1 })], peer: [aRate(2)] });
const relay = pairFigures({ ours: [aRate(0.25, { PublishBatch: 0.1 })], peer: [aRate(2)] });
const results = resultsOf({ intake, worker, relay }, 'npm run bench', [0.1, 0.2, 0.3]);

describe('figures', () => {
  it('compare the CPU time of the peer and the limit with ours', () => {
    expect(intake).toMatchObject({ vsPeer: 6, vsPeerWithoutTokens: 5, vsLimit: 0.75, lowLoadP99OverPeerMs: 4 });
    expect([worker.vsPeer, relay.vsPeer]).toEqual([4, 8]);
    expect(worker.ours.ordersPerSecondPerCore).toBe(2_000);
  });

  it('count the calls of an order from the request to the event', () => {
    expect(results.awsCallsPerOrder).toBe(0.4);
    expect(resultsOf({ intake }, 'npm run bench', []).awsCallsPerOrder).toBeUndefined();
  });

  it('have the keys in the file that other tools read', () => {
    expect(JSON.parse(JSON.stringify(results))).toMatchObject({
      intake: { vsPeer: expect.any(Number), vsLimit: expect.any(Number) },
      worker: { vsPeer: expect.any(Number) },
      relay: { vsPeer: expect.any(Number) },
      awsCallsPerOrder: expect.any(Number),
      command: 'npm run bench',
      loadAverage: { before: [0.1, 0.2, 0.3], after: expect.any(Array) },
    });
  });

  it('show on the terminal which target is reached and which is missed', () => {
    const text = resultsText(results);
    expect(text).toMatch(/reached {2}intake: CPU of the peer \/ of ours +6 {2}wanted at least 6/);
    expect(text).toMatch(/MISSED {3}intake: p99 at low load over the peer, ms +4 {2}wanted at most 2/);
  });

  it('are drawn with a bar for each variant', () => {
    expect(comparisonChart(results).match(/<rect x=/g)).toHaveLength(8);
    expect(comparisonChart(results)).toContain('intake: 6 × the peer, 0.75 of the limit');
  });
});

describe('a soak', () => {
  const grownTo = (rssMb: number): Soak => {
    const reading = (orders: number, rssMb: number) => ({ orders, rssMb, peakRssMb: rssMb });
    return { name: 'worker', rssMb: [reading(50_000, 200), reading(100_000, 300), reading(1_000_000, rssMb)] };
  };

  it('misses its target when memory grows after the first 100,000 orders', () => {
    expect(soakText([grownTo(360)])).toMatch(/MISSED +worker: RSS at the end \/ at 100,000 +1\.2 +wanted at most 1\.1/);
    expect(soakText([grownTo(330)])).toMatch(/reached +worker/);
  });

  it('draws memory by orders', () => {
    const drawn = memoryChart([grownTo(360)], 'npm run bench -- --soak');
    expect(drawn).toMatch(/50k<.*1000k</);
    expect(drawn).toContain('npm run bench -- --soak');
  });
});
