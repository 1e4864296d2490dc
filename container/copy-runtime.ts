// Runs during an image build: copies only the files that the apps load into the given folder.
import { cpSync, readdirSync, statSync } from 'node:fs';
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

async function filesLoaded(): Promise<string[]> {
  const entries = readdirSync(join(ROOT, 'dist/apps')).map((app) => join(ROOT, 'dist/apps', app, 'src/main.js'));
  const { fileList } = await nodeFileTrace(entries, { base: ROOT, conditions: ['node'] });
  // With --enable-source-maps, stack traces name the TypeScript sources.
  const sourceMaps = [...fileList].filter((file) => /^dist\/.*\.js$/.test(file)).map((file) => `${file}.map`);
  return [...fileList, ...sourceMaps];
}

const target = process.argv[2];
if (!target) throw new Error('usage: node container/copy-runtime.ts <folder>');
let bytes = 0;
for (const file of new Set([...(await filesLoaded()), ...filesReadByPath()])) {
  const source = join(ROOT, file);
  if (!statSync(source).isFile()) continue;
  bytes += statSync(source).size;
  cpSync(source, join(target, file), { dereference: true });
}
console.log(`${(bytes / 1e6).toFixed(1)} MB in ${target}`);
