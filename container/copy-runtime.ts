// Runs during an image build: copies only the files that the apps load into the given folder, and lists their packages there.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { nodeFileTrace } from '@vercel/nft';

const ROOT = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

/** Files that the apps read by path, so no import names them. */
const SWAGGER_UI = [
  'package.json',
  'index.css',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
];
const ICONS = ['favicon-16x16.png', 'favicon-32x32.png'];

function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`)).slice(ROOT.length + 1);
}

function filesReadByPath(): string[] {
  const swaggerUi = packageFolder('swagger-ui-dist');
  return ['package.json', ...[...SWAGGER_UI, ...ICONS].map((file) => join(swaggerUi, file))];
}

/** Packages that only development needs; some would be copied, because others load them if they are there (Nest: Express). */
function developmentPackages(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return new Set(Object.keys(packages).filter((folder) => packages[folder]?.dev || packages[folder]?.devOptional));
}

/** The folder of the package of a file; undefined for a file of ours. */
function packageFolderOf(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

async function filesLoaded(): Promise<string[]> {
  const entries = readdirSync(join(ROOT, 'dist/apps')).map((app) => join(ROOT, 'dist/apps', app, 'src/main.js'));
  const unwanted = developmentPackages();
  const ignore = (file: string) => unwanted.has(packageFolderOf(file) ?? '');
  const { fileList } = await nodeFileTrace(entries, { base: ROOT, conditions: ['node'], ignore });
  // With --enable-source-maps, stack traces name the TypeScript sources.
  const sourceMaps = [...fileList].filter((file) => /^dist\/.*\.js$/.test(file)).map((file) => `${file}.map`);
  return [...fileList, ...sourceMaps];
}

interface Bom {
  components: { 'bom-ref': string }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

/** The software bill of materials, in CycloneDX: what npm says of all packages, reduced to those of which a file is copied. */
function bomOf(files: Iterable<string>): Bom {
  const folders = [...files].flatMap((file) => packageFolderOf(file) ?? []);
  const copied = new Set([...new Set(folders)].map(packageOf));
  const npm = ['sbom', '--sbom-format', 'cyclonedx'];
  const bom = JSON.parse(execFileSync('npm', npm, { cwd: ROOT, maxBuffer: 2 ** 26, encoding: 'utf8' })) as Bom;
  const components = bom.components.filter((component) => copied.has(component['bom-ref']));
  const known = new Set(components.map((component) => component['bom-ref']));
  const unknown = [...copied].filter((one) => !known.has(one));
  if (unknown.length > 0) throw new Error(`npm sbom does not list ${unknown.join(', ')}`);
  const dependencies = bom.dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => known.has(one)) }));
  return { ...bom, components, dependencies };
}

function packageOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  return `${name}@${version}`;
}

const target = process.argv[2];
if (!target) throw new Error('usage: node container/copy-runtime.ts <folder>');
const files = new Set([...(await filesLoaded()), ...filesReadByPath()]);
let bytes = 0;
for (const file of files) {
  const source = join(ROOT, file);
  if (!statSync(source).isFile()) continue;
  bytes += statSync(source).size;
  cpSync(source, join(target, file), { dereference: true });
}
const bom = bomOf(files);
writeFileSync(join(target, 'sbom.cdx.json'), JSON.stringify(bom));
console.log(`${bom.components.length} packages, ${(bytes / 1e6).toFixed(1)} MB in ${target}`);
