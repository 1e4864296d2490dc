/**
 * `npm run histories` lets several callers read and change the same orders, send commands twice and race, while processes are
 * killed. It records the begin, the end and the answer of each request, and checks that all answers about an order fit its one
 * sequence of versions. It exits with 1 at a violation. The seed replays the choices, not the timing of processes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/dynamodb-streams';
import { OrderIds, type Role, type StoredOrder } from '#libs/orders';
import { depthOf } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import { scanTable } from '../../test/harness/scan-table.ts';
import { drawnSeed, readCommandLine, seed, wholeNumber } from '../command-line.ts';
import { sideBySide, until } from '../pace.ts';
import { machineText, ResultFiles, runTool, say } from '../run-tool.ts';
import { violationsOf } from './check-history.ts';
import { OrderCallers } from './order-callers.ts';
import { type OrderRecord, recordText } from './order-record.ts';

const INSTANCES = 2;
const ORDERS_AT_ONCE = 8;
const OPERATIONS_OF_ORDER = 100;
const KILL_EVERY_MS = [1_000, 4_000] as const;
const READY_WITHIN_MS = 60_000;
/** The messages of a killed worker come back after half a minute. */
const SETTLE_WITHIN_MS = 5 * 60_000;
const ID_KEY = 'histories-order-id-key-which-is-not-a-secret';
const CALLERS: readonly (readonly [subject: string, ...roles: Role[]])[] = [
  ['customer', 'retail', 'wholesale'],
  ['customer', 'retail', 'wholesale'],
  ['operator-1', 'operator'],
  ['operator-2', 'operator'],
  ['warehouse-1', 'fulfillment'],
  ['warehouse-2', 'fulfillment', 'accounting'],
];

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  const usage = `type for example
  npm run histories -- --operations 2000 --seed 1
--operations (default 2000), of which each takes about 2 KB of memory; --seed (default: a random one)`;
  const options = { operations: wholeNumber(1, 200_000), seed };
  return readCommandLine(args, { usage, options }, ({ operations = 2_000, seed = drawnSeed(Math.random) }) => {
    return { operations, seed };
  });
}

/** Plays all orders. Returns their records, once nothing changes any more, and the number of kills. */
async function play(pipeline: LocalPipeline, { operations, seed }: Options) {
  const callers = await Promise.all(
    CALLERS.map(async ([subject, ...roles]) => ({ subject, roles, token: await pipeline.token(subject, ...roles) })),
  );
  const setting = { apiUrls: pipeline.apiUrls, callers, ids: new OrderIds([ID_KEY]) };
  const ended = new AbortController();
  const killing = killUntil(ended.signal, pipeline, new SeededRandom(seed));
  const orders = await sideBySide(ORDERS_AT_ONCE, Math.ceil(operations / OPERATIONS_OF_ORDER), async (n) => {
    const random = new SeededRandom(seed * 1_000_003 + n);
    const order = new OrderCallers({ ...setting, random, idempotencyKey: `${seed}-${n}` });
    await order.play(OPERATIONS_OF_ORDER);
    return order;
  });
  ended.abort();
  const kills = await killing;
  await Promise.all(pipeline.instances.map((instance) => instance.healthy(READY_WITHIN_MS)));
  const { clients, aws } = pipeline;
  const isQueueEmpty = async () => (await depthOf(clients.sqs, aws.resources.ordersQueueUrl)) === 0;
  if (!(await until(isQueueEmpty, SETTLE_WITHIN_MS))) throw new Error('expected an empty orders queue');
  const table = await scanTable<StoredOrder>(clients.dynamodb, aws.resources.ordersTableName);
  const stored = new Map(table.map((order) => [order.orderId, order]));
  const finish = (n: number) => orders[n]!.finish(stored.get(orders[n]!.orderId));
  return { kills, records: await sideBySide(ORDERS_AT_ONCE, orders.length, finish) };
}

async function killUntil(signal: AbortSignal, { instances }: LocalPipeline, random: SeededRandom): Promise<number> {
  for (let kills = 0; ;) {
    await sleep(random.between(...KILL_EVERY_MS), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return kills;
    if (random.pick(instances)!.signal('SIGKILL')) kills += 1;
  }
}

/** Prints the whole record of each order with a violation. */
function check(records: readonly OrderRecord[]): string[] {
  return records.flatMap((record) => {
    const violations = violationsOf(record).map(({ rule, text }) => `${record.orderId} ${rule}: ${text}`);
    if (violations.length > 0) say([recordText(record), ...violations].join('\n'));
    return violations;
  });
}

async function run(options: Options): Promise<number> {
  const files = new ResultFiles(import.meta.dirname);
  const { write, path } = files.log('latest.log');
  const env = { ORDER_ID_KEYS: ID_KEY, LOG_LEVEL: 'warn' };
  const pipeline = await LocalPipeline.start({ write, instances: INSTANCES, env });
  try {
    const startedMs = performance.now();
    const { records, kills } = await play(pipeline, options);
    const violations = check(records);
    const deadLetters = await depthOf(pipeline.clients.sqs, pipeline.aws.resources.ordersDeadLetterQueueUrl);
    if (deadLetters > 0) violations.push(`${deadLetters} messages in orders-dlq`);
    const all = records.flatMap(({ operations }) => operations);
    const answers = Object.entries(Object.groupBy(all, ({ kind, answer }) => `${kind} ${answer.status}`));
    const result = {
      seed: options.seed,
      operations: all.length,
      orders: records.length,
      versions: records.reduce((sum, { stored }) => sum + (stored?.version ?? 0), 0),
      kills,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
      machine: machineText(),
      answers: Object.fromEntries(answers.map(([name, operations]) => [name, operations!.length])),
      violations,
    };
    say(`figures ${files.writeJson('latest.json', result)}, logs ${path}`);
    const { operations, orders, versions, seconds } = result;
    say(`${operations} operations on ${orders} orders with ${versions} versions, ${kills} kills, ${seconds} s`);
    say(`violations ${violations.length}`);
    return violations.length === 0 ? 0 : 1;
  } finally {
    await pipeline.stop();
  }
}

await runTool(readOptions, run);
