import type { TaskRate } from './task-rate.ts';

/** One task's figures for a terminal. */
export function rateText(name: string, rate: TaskRate): string {
  const calls = Object.entries(rate.callsPerOrder);
  const all = calls.reduce((sum, [, count]) => sum + count, 0);
  return [
    name,
    row('orders per second', rate.ordersPerSecond.toFixed(0)),
    row('CPU-ms per order', rate.cpuMsPerOrder.toFixed(3)),
    row('peak RSS, MB', rate.peakRssMb.toFixed(0)),
    row('calls per order', all.toFixed(3)),
    ...calls.map(([action, count]) => row(`  ${action}`, count.toFixed(4))),
    '',
  ].join('\n');
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(30)} ${value}`;
}
