import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../../local/apps.ts';
import type { ProcessDefinition } from '../../local/processes/supervised-process.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The base of the images. */
const IMAGE = 'node:24-bookworm-slim';
const CGROUP_1 = '/sys/fs/cgroup/cpu';
const CGROUP_2 = '/sys/fs/cgroup/cgroup.controllers';
const GROUP = 'fargate-orders-bench';

/** How a process gets the size of a task in production: half a vCPU and, in a container, 1 GiB. */
export type Limits = 'container' | 'cgroup';

/** @throws Error where there is neither a container engine nor a cgroup that may be written */
export function limitsHere(): Limits {
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0) return 'container';
  if (process.getuid?.() === 0 && (existsSync(join(CGROUP_1, 'cpu.cfs_quota_us')) || existsSync(CGROUP_2)))
    return 'cgroup';
  throw new Error('expected Docker, or root on Linux: a task has half a vCPU');
}

/** The process of an app, limited. @param env the variables of the app, which a container gets and nothing else */
export function limited(definition: ProcessDefinition, env: Variables, limits: Limits): ProcessDefinition {
  const { command, args } = definition;
  if (limits === 'cgroup') {
    const join = `echo $$ > ${halfVcpuGroup()}/cgroup.procs && exec "$0" "$@"`;
    return { ...definition, command: 'sh', args: ['-c', join, command, ...args] };
  }
  const size = ['--cpus', '0.5', '--memory', '1g', '--network', 'host'];
  const files = ['--volume', `${ROOT}:${ROOT}:ro`, '--workdir', ROOT];
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const run = ['run', '--rm', '--init', ...size, ...files, ...variables, IMAGE, 'node', ...args];
  return { ...definition, command: 'docker', args: run };
}

function halfVcpuGroup(): string {
  const isFirst = existsSync(join(CGROUP_1, 'cpu.cfs_quota_us'));
  const folder = join(isFirst ? CGROUP_1 : '/sys/fs/cgroup', GROUP);
  mkdirSync(folder, { recursive: true });
  if (isFirst) writeFileSync(join(folder, 'cpu.cfs_quota_us'), '50000');
  else writeFileSync(join(folder, 'cpu.max'), '50000 100000');
  return folder;
}
