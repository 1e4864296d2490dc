/**
 * `npm run histories` lets several callers read and change the same orders, send commands twice and race, while processes are
 * killed. It records the begin, the end and the answer of each request, and checks that all answers about an order fit its one
 * sequence of versions. It exits with 1 at a violation. The seed replays what callers do, not the timing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/dynamodb-streams';
import type { Role, StoredOrder } from '#libs/orders';
import { depthOf } from '../../local/aws/queue-reader.ts';
import { LocalPipeline } from '../../local/local-pipeline.ts';
import { scanTable } from '../../test/harness/scan-table.ts';
import { drawnSeed, readCommandLine, seed, wholeNumber } from '../command-line.ts';
import { sideBySide, until } from '../pace.ts';
import { machineText, ResultFiles, runTool, say } from '../run-tool.ts';
import { violationsOf } from './check-history.ts';
import { type Caller, OrderCallers } from './order-callers.ts';
import { recordLines } from './order-record.ts';

const INSTANCES = 2;
const ORDERS_AT_ONCE = 8;
const OPERATIONS_OF_ORDER = 60;
const KILL_EVERY_MS = [1_000, 4_000] as const;
const READY_WITHIN_MS = 60_000;
/** After a kill of the worker, a message comes back after half a minute. */
const SETTLE_WITHIN_MS = 5 * 60_000;
const ID_KEY = 'histories-order-id-key-which-is-not-a-secret';
const PEOPLE: readonly (readonly [subject: string, ...roles: Role[]])[] = [
  ['customer', 'retail', 'wholesale'],
  ['customer', 'retail', 'wholesale'],
  ['operator-1', 'operator'],
  ['operator-2', 'operator'],
  ['warehouse-1', 'fulfillment'],
  ['warehouse-2', 'fulfillment', 'accounting'],
];

interface Options {
  readonly operations: number;
  readonly seed: number;
}

function readOptions(args: readonly string[]): Options {
  const usage = `type for example
  npm run histories -- --operations 2000 --seed 1
--operations (default 2000, at most 200000, each takes about 2 KB of memory), --seed (default: a random one)`;
  const options = { operations: wholeNumber(1, 200_000), seed };
  return readCommandLine(args, { usage, options }, ({ operations = 2_000, seed = drawnSeed(Math.random) }) => {
    return { operations, seed };
  });
}

/** Returns how many processes were killed. */
async function killUntil({ signal }: AbortController, { instances }: LocalPipeline, random: SeededRandom) {
  for (let kills = 0; ;) {
    await sleep(random.between(...KILL_EVERY_MS), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return kills;
    if (random.pick(instances)!.signal('SIGKILL')) kills += 1;
  }
}

async function play(pipeline: LocalPipeline, { operations, seed }: Options) {
  const tokens = await Promise.all(PEOPLE.map(([subject, ...roles]) => pipeline.token(subject, ...roles)));
  const callers = PEOPLE.map(([subject, ...roles], n): Caller => ({ subject, roles, token: tokens[n]! }));
  const ended = new AbortController();
  const killing = killUntil(ended, pipeline, new SeededRandom(seed));
  const orders = await sideBySide(ORDERS_AT_ONCE, Math.ceil(operations / OPERATIONS_OF_ORDER), async (n) => {
    const random = new SeededRandom(seed * 1_000_003 + n);
    const setting = { apiUrls: pipeline.apiUrls, callers, random, idKey: ID_KEY, orderKey: `${seed}-${n}` };
    const order = new OrderCallers(setting);
    await order.play(Math.min(OPERATIONS_OF_ORDER, operations));
    return order;
  });
  ended.abort();
  return { orders, kills: await killing };
}

async function run(options: Options): Promise<number> {
  const files = new ResultFiles(import.meta.dirname);
  const log = files.log('latest.log');
  const env = { ORDER_ID_KEYS: ID_KEY, LOG_LEVEL: 'warn' };
  const pipeline = await LocalPipeline.start({ write: log.write, instances: INSTANCES, env });
  try {
    const startedMs = performance.now();
    const { orders, kills } = await play(pipeline, options);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    await Promise.all(pipeline.instances.map((instance) => instance.healthy(READY_WITHIN_MS)));
    const { sqs, dynamodb } = pipeline.clients;
    const { ordersQueueUrl, ordersDeadLetterQueueUrl, ordersTableName } = pipeline.aws.resources;
    const settled = await until(async () => (await depthOf(sqs, ordersQueueUrl)) === 0, SETTLE_WITHIN_MS);
    await sideBySide(ORDERS_AT_ONCE, orders.length, (n) => orders[n]!.finish());
    const table = new Map((await scanTable<StoredOrder>(dynamodb, ordersTableName)).map((one) => [one.orderId, one]));
    const records = orders.map((order) => order.record(table.get(order.orderId)));

    const deadLetters = await depthOf(sqs, ordersDeadLetterQueueUrl);
    const violations = [
      ...(settled ? [] : ['messages are left in the orders queue']),
      ...(deadLetters > 0 ? [`${deadLetters} messages in orders-dlq`] : []),
    ];
    for (const record of records) {
      const found = violationsOf(record).map(({ rule, text }) => `${record.orderId} ${rule}: ${text}`);
      if (found.length > 0) say([...recordLines(record), ''].join('\n'));
      violations.push(...found);
    }
    const operations = records.flatMap((record) => record.operations);
    const answers = Object.groupBy(operations, ({ kind, answer }) => `${kind} ${answer.status}`);
    const counts = Object.fromEntries(Object.entries(answers).map(([name, all]) => [name, all!.length]));
    const versions = records.reduce((sum, { stored }) => sum + (stored?.version ?? 0), 0);
    const result = {
      ...options,
      orders: orders.length,
      versions,
      kills,
      seconds,
      machine: machineText(),
      counts,
      violations,
    };
    say(`figures ${files.writeJson('latest.json', result)}, logs ${log.path}`);
    violations.forEach(say);
    say(
      `${operations.length} operations on ${orders.length} orders, ${versions} versions, ${kills} kills, ${seconds} s`,
    );
    say(`violations ${violations.length}`);
    return violations.length === 0 ? 0 : 1;
  } finally {
    await pipeline.stop();
  }
}

await runTool(readOptions, run);
