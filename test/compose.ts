// npm run test:compose: the end-to-end suite and more against docker compose; says so where there is no Docker.
import { spawnSync } from 'node:child_process';

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  return spawnSync(command, args, { stdio: 'inherit', env }).status ?? 1;
}

function isThere(...args: string[]): boolean {
  return spawnSync('docker', args, { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

if (!isThere('info') || !isThere('compose', 'version')) {
  console.log('skipped: no Docker engine with Compose answers here');
  process.exit(0);
}

const down = () => run('docker', ['compose', 'down', '--volumes', '--remove-orphans', '--timeout', '30']);
down();
let status = run('docker', ['compose', 'build']);
if (status === 0) {
  const jest = ['jest', '--selectProjects', 'compose', '--runInBand', ...process.argv.slice(2)];
  status = run('npx', jest, { ...process.env, PIPELINE: 'compose' });
}
down();
process.exit(status);
