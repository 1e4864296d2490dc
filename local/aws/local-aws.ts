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
import { createResources, type CreatedResources } from './create-resources.ts';

/** Long, because without a binary for the platform npx first downloads one. */
const READY_TIMEOUT_MS = 120_000;

export interface LocalAwsOptions {
  readonly ports: Ports;
  /** Where given endpoints and credentials are looked up. Default: none given, so that emulators run. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly write?: WriteLine | undefined;
  /** Aborts a start that is under way, leaving nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

export interface LocalAws {
  /** What an app needs to reach it: endpoints, region, and credentials where emulators run. */
  readonly env: Readonly<Record<string, string>>;
  readonly resources: CreatedResources;
  stop(): Promise<void>;
}

/** Starts the emulators for which no endpoint is given, as processes of their own, and creates the resources. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { ports, env: given = {}, write = () => undefined, signal } = options;
  const { env, emulated, faults } = readAwsEnvironment(given, ports);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const clients = awsClients(env);
  const sqsSns = emulated.sqsAndSns ? sqsSnsEmulator(ports, write) : undefined;
  const dynamodb = emulated.dynamodb ? dynamodbEmulator(ports, write) : undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([sqsSns?.stop(), dynamodb?.stop()]);
    clients.destroy();
  };
  try {
    await Promise.all([sqsSns?.start(signal), dynamodb?.start(signal)]);
    const resources = await createResources(clients);
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
  // In memory, whatever the shell says.
  const env = { AWS_PORT: String(ports.AWS_PORT), AWS_DATA_FOLDER: '' };
  const script = localScript({ name, file, env, write });
  return {
    start: (signal?: AbortSignal) => script.begin(READY_TIMEOUT_MS, signal),
    stop: () => script.stop(),
    /** It keeps all in memory: after a restart the queues exist again only when they are created again. */
    onRestart: (createAgain: () => Promise<unknown>) =>
      script.on('ready', () => {
        write(name, 'lost its messages with the restart; creating the queues and the topic again');
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
  // The script removes it as well, for the case that this process is killed.
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
 * Keeps dynoxide's writes fast. It looks for the next sequence number with a scan of all stream records: 1,400
 * puts/s at first, 140 after 8,000 records; with this index steadily 1,300. It answers DescribeStream with a scan as well:
 * 120 ms with 50,000 records, 5 ms with the other index. The tables must exist.
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
