// npm run test:compose: runs the end-to-end tests and more against docker compose. Without Docker it skips them.
import { spawnSync } from 'node:child_process';

/** The suite takes nine minutes on two idle cores. */
const STEP_TIMEOUT_MS = 40 * 60_000;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): number {
  return spawnSync(command, args, { stdio: 'inherit', env, timeout: STEP_TIMEOUT_MS }).status ?? 1;
}

function succeeds(...args: string[]): boolean {
  return spawnSync('docker', args, { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

if (!succeeds('info') || !succeeds('compose', 'version')) {
  console.log('skipped: no Docker engine with Compose answers here');
  process.exit(0);
}

// A project of its own: `down --volumes` must not delete the data of a developer's run.
process.env['COMPOSE_PROJECT_NAME'] ||= 'fargate-orders-test';
// Ctrl-C ends the current step; the containers are still removed.
process.on('SIGINT', () => undefined);

const down = () => run('docker', ['compose', 'down', '--volumes', '--remove-orphans', '--timeout', '30']);
down();
let status = run('docker', ['compose', 'build']);
if (status === 0) {
  const jest = ['jest', '--selectProjects', 'compose', '--runInBand', ...process.argv.slice(2)];
  status = run('npx', jest, { ...process.env, PIPELINE: 'compose' });
}
down();
process.exit(status);
