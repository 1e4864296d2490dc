import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appDefinition, type Variables } from './apps.ts';
import { tokenUrl } from './auth/local-issuer.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import { SupervisedProcess, type WriteLine } from './processes/supervised-process.ts';

const EXAMPLES = join(import.meta.dirname, '../examples');

/** Where an example finds the api and the token issuer, and keeps its data. */
interface LocalSettings {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly folder: string;
}

/** The services of `examples/`, and the variables of each besides those of AWS. docker-compose.yml has the same. */
const exampleVariables = {
  inventory: ({ folder }) => ({ DATABASE: join(folder, 'inventory.db') }),
  fulfillment: ({ apiUrl, tokenUrl }) => ({ API_URL: apiUrl, TOKEN_URL: tokenUrl }),
  accounting: ({ folder }) => ({ DATABASE: join(folder, 'accounting.db') }),
  customer: ({ apiUrl, tokenUrl }) => ({ API_URL: apiUrl, TOKEN_URL: tokenUrl }),
  'merchant-webhooks': ({ folder }) => ({
    DATABASE: join(folder, 'merchant-webhooks.db'),
    WEBHOOK_ENDPOINTS: process.env['WEBHOOK_ENDPOINTS'] ?? join(EXAMPLES, 'merchant-webhooks/endpoints.json'),
    WEBHOOK_ALLOW_LOOPBACK: 'true',
  }),
} as const satisfies Record<string, (settings: LocalSettings) => Variables>;

export type ExampleName = keyof typeof exampleVariables;
export const exampleNames = Object.keys(exampleVariables) as ExampleName[];

/** The examples as processes of this machine. Their data is gone after a stop, as is that of the pipeline. */
export class Examples {
  readonly folder = mkdtempSync(join(tmpdir(), 'fargate-orders-examples-'));
  private readonly processes: readonly SupervisedProcess[];

  /** @param given variables of each process, over its own */
  constructor(
    { apiUrl, ports, aws }: Pick<LocalPipeline, 'apiUrl' | 'ports' | 'aws'>,
    write: WriteLine,
    given: Variables = {},
  ) {
    process.once('exit', this.removeFolder);
    const settings = { apiUrl, tokenUrl: tokenUrl(ports.AUTH_PORT), folder: this.folder };
    this.processes = exampleNames.map((name) => {
      const env = { ...aws.env, ...exampleVariables[name](settings), ...given };
      // The customer ends when its orders have arrived.
      const restarts = name !== 'customer';
      const file = join(EXAMPLES, name, 'main.ts');
      const nodeArguments = ['--conditions=source'];
      return new SupervisedProcess(appDefinition(file, { name, write, env, restarts, nodeArguments }));
    });
    for (const example of this.processes) example.start();
  }

  pidOf(name: ExampleName): number | undefined {
    return this.processes[exampleNames.indexOf(name)]?.pid;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((example) => example.stop()));
    this.removeFolder();
    process.off('exit', this.removeFolder);
  }

  private readonly removeFolder = (): void => rmSync(this.folder, { recursive: true, force: true });
}
