import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Ports } from '../ports.ts';
import { localScript } from '../processes/local-script.ts';
import type { WriteLine } from '../processes/supervised-process.ts';
import { awsClients } from './aws-clients.ts';
import { readAwsEnvironment } from './aws-environment.ts';
import { createMessaging } from './create-messaging.ts';
import { createResources } from './create-resources.ts';

/** Includes the download by npx where there is no binary for the platform. */
const READY_TIMEOUT_MS = 120_000;

export interface LocalAwsOptions {
  readonly ports: Ports;
  /** Variables with given endpoints and credentials. Default: none, so that emulators run. */
  readonly given?: Readonly<Record<string, string | undefined>> | undefined;
  /** Receives the output of the processes. Default: the output is discarded. */
  readonly write?: WriteLine | undefined;
  /** Aborts the start, which stops everything that was started. */
  readonly signal?: AbortSignal | undefined;
  /** Creates the resources. Default: those of `#libs/resources`. */
  readonly createResources?: typeof createResources;
}

/** AWS for a local run. `env` has the variables of an app: endpoints, region, and credentials for emulators. */
export type LocalAws = Awaited<ReturnType<typeof startLocalAws>>;

/** Starts the emulators for which no endpoint is given, as processes of their own, and creates the resources. */
export async function startLocalAws(options: LocalAwsOptions) {
  const { ports, given = {}, write = () => undefined, signal, createResources: create = createResources } = options;
  const { env, emulated, errors } = readAwsEnvironment(given, ports);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const clients = awsClients(env);
  const sqsSns = emulated.sqsAndSns ? sqsSnsEmulator(ports, write) : undefined;
  const dynamodb = emulated.dynamodb ? dynamodbEmulator(ports, write) : undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([sqsSns?.stop(), dynamodb?.stop()]);
    clients.destroy();
  };
  try {
    await Promise.all([sqsSns?.start(signal), dynamodb?.start(signal)]);
    const resources = await create(clients);
    signal?.throwIfAborted();
    dynamodb?.indexStreamRecords();
    sqsSns?.onRestart(() => createMessaging(clients));
    return { env, resources, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sqsSnsEmulator(ports: Ports, write: WriteLine) {
  const name = 'sqs-sns';
  const file = join(import.meta.dirname, 'sqs-sns-emulator.ts');
  // The emulator keeps its state in memory, regardless of the shell's variable.
  const env = { AWS_PORT: String(ports.AWS_PORT), AWS_DATA_FOLDER: '' };
  const script = localScript({ name, file, env, write });
  return {
    start: (signal?: AbortSignal) => script.begin(READY_TIMEOUT_MS, signal),
    stop: () => script.stop(),
    /** After a restart, the emulator has lost its state, so the queues must be created again. */
    onRestart: (createAgain: () => Promise<unknown>) =>
      script.on('ready', () => {
        write(name, 'lost its messages in the restart; creating the queues and the topic again');
        createAgain().catch((error: unknown) => write(name, `could not create them: ${String(error)}`));
      }),
  };
}

function dynamodbEmulator(ports: Ports, write: WriteLine) {
  const folder = mkdtempSync(join(tmpdir(), 'fargate-orders-dynamodb-'));
  const database = join(folder, 'dynamodb.sqlite');
  const file = join(import.meta.dirname, 'dynamodb-emulator.ts');
  const env = { DYNAMODB_PORT: String(ports.DYNAMODB_PORT), DYNAMODB_FILE: database };
  const script = localScript({ name: 'dynamodb', file, env, write });
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  // The script removes it as well, in case this process is killed.
  process.once('exit', removeFolder);
  return {
    start: (signal?: AbortSignal) => script.begin(READY_TIMEOUT_MS, signal),
    indexStreamRecords: () => indexStreamRecords(database),
    stop: async () => {
      await script.stop();
      removeFolder();
      process.off('exit', removeFolder);
    },
  };
}

/**
 * Keeps dynoxide's writes fast. Without the first index it scans all stream records for the next sequence number: 1,400
 * puts/s at first, 140 after 8,000 records; with it 1,300 throughout. DescribeStream takes 120 ms with 50,000 records, 5 ms with
 * the second index. The tables must exist.
 */
function indexStreamRecords(file: string): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(
    'CREATE INDEX IF NOT EXISTS stream_record_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
  );
  database.exec(
    'CREATE INDEX IF NOT EXISTS stream_record_bounds ON _stream_records (table_name, shard_id, sequence_number)',
  );
  database.close();
}
