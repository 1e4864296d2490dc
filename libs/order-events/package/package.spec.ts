import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const TARBALL = 'fargate-orders-events-1.0.0.tgz';
const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');

/** An empty folder outside of the repository, as another team has it. */
const folder = mkdtempSync(join(tmpdir(), 'order-events-'));
const { NODE_OPTIONS: _options, ...env } = process.env;

function run(command: string, args: readonly string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

function runTool(path: string, ...args: string[]): string {
  return run(process.execPath, [join(ROOT, 'node_modules', path), ...args]);
}

/** The project's Node and those of the machine, which may be older. */
function everyNode(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = folders.map((name) => join(name, 'node')).filter((path) => existsSync(path));
  return [...new Set([process.execPath, ...onPath])];
}

describe('the package fargate-orders-events', () => {
  beforeAll(() => {
    run('npm', ['run', '--silent', 'pack:order-events', '--', '--pack-destination', folder], ROOT);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${TARBALL}`]);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('passes the checks of publint and arethetypeswrong', () => {
    expect(runTool('publint/src/cli.js', '--strict', TARBALL)).toContain('All good!');
    const checks = ['--profile', 'esm-only', '--no-definitely-typed', '--exclude-entrypoints', './schemas/*'];
    expect(runTool('@arethetypeswrong/cli/dist/index.js', TARBALL, '--no-color', ...checks)).toMatch(
      /node16 \(from ESM\).*🟢 \(ESM\)/,
    );
  });

  it('contains nothing that needs another package', () => {
    expect(JSON.parse(run('npm', ['ls', '--all', '--json'])).dependencies).toEqual({
      'fargate-orders-events': expect.not.objectContaining({ dependencies: expect.anything() }),
    });
  });

  it('runs the example of its README, compiled strictly, on every Node of this machine', () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(read('README.md')) ?? [];
    writeFileSync(join(folder, 'example.ts'), example);
    const options = ['--strict', '--target', 'es2022', '--module', 'nodenext'];
    runTool('typescript/bin/tsc', ...options, 'example.ts');
    const event = read('../../orders/schemas/examples/order.shipped.v1.json');
    const script = `
      import { store, takeMessage } from './example.js';
      import schema from 'fargate-orders-events/schemas/order.shipped.v1.schema.json' with { type: 'json' };
      await takeMessage(${JSON.stringify(event)});
      console.log(JSON.stringify([store.state, schema.title]));`;
    writeFileSync(join(folder, 'run.js'), script);
    const { subject } = JSON.parse(event) as { subject: string };
    for (const node of everyNode()) {
      expect(JSON.parse(run(node, ['run.js']))).toEqual([{ [subject]: 'SHIPPED' }, 'ShippedEvent']);
    }
  });
});
