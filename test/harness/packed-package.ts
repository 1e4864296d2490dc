import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const { NODE_OPTIONS: _options, ...env } = process.env;

/** A package of this repository as another team has it: packed, and installed in an empty folder. */
export class PackedPackage {
  readonly folder = mkdtempSync(join(tmpdir(), 'packed-package-'));

  /** @param script The npm script that packs it */
  constructor(
    private readonly script: string,
    readonly tarball: string,
  ) {}

  install(): void {
    this.run('npm', ['run', '--silent', this.script, '--', '--pack-destination', this.folder], ROOT);
    this.write('package.json', '{ "type": "module" }');
    this.run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${this.tarball}`]);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  run(command: string, args: readonly string[], cwd = this.folder): string {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs a tool of this repository. */
  runTool(path: string, ...args: string[]): string {
    return this.run(process.execPath, [join(ROOT, 'node_modules', path), ...args]);
  }

  compileStrictly(file: string): void {
    this.runTool('typescript/bin/tsc', '--strict', '--target', 'es2022', '--module', 'nodenext', file);
  }

  /** What publint and arethetypeswrong say. */
  checked(...options: string[]): { publint: string; types: string } {
    const checks = ['--no-color', '--profile', 'esm-only', '--no-definitely-typed', ...options];
    return {
      publint: this.runTool('publint/src/cli.js', '--strict', this.tarball),
      types: this.runTool('@arethetypeswrong/cli/dist/index.js', this.tarball, ...checks),
    };
  }

  /** The packages that are installed, with their dependencies. */
  get installed(): Record<string, object> {
    return (JSON.parse(this.run('npm', ['ls', '--all', '--json'])) as { dependencies: Record<string, object> })
      .dependencies;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The project's Node and those of the machine, which may be older. */
export function everyNode(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = folders.map((name) => join(name, 'node')).filter((path) => existsSync(path));
  return [...new Set([process.execPath, ...onPath])];
}
