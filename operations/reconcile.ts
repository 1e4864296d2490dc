/** `npm run reconcile`: compares orders, payment claims, invoices, credit notes and events. See docs/runbook.md. */
import { moneyOf } from '../local/event-line.ts';
import type { Environment } from './environment.ts';
import { readArguments, type ReconcileArguments, usage } from './reconciliation/arguments.ts';
import { openReconciliation, reconcile } from './reconciliation/reconciliation.ts';
import { count, printableLine, saysNowAndThen } from './terminal.ts';
import { type Answer, runTool } from './tool.ts';

await runTool({ usage, readArguments, run });

async function run(environment: Environment, typed: ReconcileArguments, signal: AbortSignal): Promise<Answer> {
  const reconciliation = openReconciliation(environment, typed);
  const { result } = reconciliation;
  const say = saysNowAndThen();
  const onPage = () => say(() => `  ${countsText(result)} so far`);
  const onDifference = (orderId: string, difference: string) => {
    const line = typed.json ? JSON.stringify({ orderId, difference }) : printableLine(`${orderId}  ${difference}`);
    process.stdout.write(`${line}\n`);
  };
  const { from, to } = typed;
  const stopped = await reconcile(reconciliation, signal, onDifference, onPage).then(
    () => false,
    (error: unknown) => {
      if (!signal.aborted) throw error;
      return true;
    },
  );
  const sums = Object.entries(result.books).map(
    ([currency, { invoiced, credited }]) =>
      `${moneyOf(invoiced, currency)} invoiced, ${moneyOf(credited, currency)} credited`,
  );
  const text = [`${stopped ? 'stopped' : 'reconciled'}: ${countsText(result)}`, ...sums].join('\n');
  return { text, document: { from, to, stopped, ...result }, complete: result.differences === 0 && !stopped };
}

function countsText({ orders, claims, differences }: ReturnType<typeof openReconciliation>['result']): string {
  return `${count(orders, 'order')}, ${count(claims, 'payment claim')}, ${count(differences, 'difference')}`;
}
