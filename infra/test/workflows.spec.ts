import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { stages } from '../lib/stages.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix?: { readonly include?: readonly { readonly stage?: string }[] } };
}

interface Workflow {
  readonly on: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const texts = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const),
);
const workflows = Object.entries(texts).map(([file, text]) => [file, parse(text) as Workflow] as const);
const jobs = workflows.flatMap(([file, { jobs }]) => Object.values(jobs).map((job) => ({ file, job })));
const steps = jobs.flatMap(({ file, job }) => (job.steps ?? []).map((step) => ({ file, step })));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };

const read = { contents: 'read' };
/** Of the job that pushes the images of a release and signs their provenance. */
const publishes = {
  ...read,
  packages: 'write',
  'id-token': 'write',
  attestations: 'write',
  'artifact-metadata': 'write',
};

describe('the workflows', () => {
  it.each(workflows)(
    '%s has only the permission to read the code, and a token where it deploys, diffs or publishes',
    (_, workflow) => {
      expect(workflow.permissions).toEqual({ contents: 'read' });
      for (const { permissions } of Object.values(workflow.jobs)) {
        expect([undefined, read, { ...read, 'id-token': 'write' }, publishes]).toContainEqual(permissions);
      }
    },
  );

  it.each(Object.entries(texts))(
    '%s contains no secret, and runs no code of a fork with our permissions',
    (_, text) => {
      expect(text).not.toMatch(/secrets\.|AKIA|pull_request_target/);
    },
  );

  it("pin GitHub's own actions to a major version, others to a commit", () => {
    const actions = steps.flatMap(({ step }) => (step.uses === undefined ? [] : [step.uses]));
    expect(actions.filter((one) => !/^actions\/[a-z-]+@v\d+$|^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(one))).toEqual([]);
  });

  it('insert no text of others into a script', () => {
    expect(steps.filter(({ step }) => step.run?.includes('${{'))).toEqual([]);
  });

  it('run no code of dependencies in a job with a token, except the command of CDK', () => {
    const privileged = jobs.filter(({ job }) => job.permissions?.['id-token'] === 'write');
    const scripts = privileged.flatMap(({ job }) => (job.steps ?? []).flatMap(({ run }) => run ?? []));
    const commands = scripts.join('\n').match(/\b(?:npm|npx|node|docker) [^\n&|>]*/g) ?? [];
    expect(commands.map((one) => one.trim()).toSorted()).toEqual([
      'docker buildx imagetools create --tag "$image:$version" "$image:$version-amd64" "$image:$version-arm64"',
      'docker buildx imagetools inspect "$image:$version" --format \'{{json .Manifest}}\'',
      'docker load --input images.tar.gz',
      'docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin <<< "$TOKEN"',
      'node infra/bin/cdk.ts deploy --stage "$STAGE" --app cdk.out --require-approval never',
      'node infra/bin/cdk.ts diff --stage "$STAGE" --app "cdk.out/$STAGE" --method template',
      'npm ci --ignore-scripts --no-progress',
      'npm ci --ignore-scripts --no-progress',
    ]);
  });

  it('have a time limit for each job', () => {
    expect(jobs.filter(({ job }) => job.steps && !job['timeout-minutes'])).toEqual([]);
  });

  it('call only existing scripts, workflows and stages', () => {
    const scriptCalls = steps.flatMap(({ step }) => [...(step.run ?? '').matchAll(/npm run (?:--silent )?([\w:]+)/g)]);
    expect(scriptCalls.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual([]);
    expect(scriptCalls).not.toEqual([]);
    const reused = jobs.flatMap(({ job }) =>
      job.uses === undefined ? [] : [job.uses.replace('./.github/workflows/', '')],
    );
    expect(Object.keys(texts)).toEqual(expect.arrayContaining(reused));
    const named = jobs.flatMap(({ job }) => [
      ...(typeof job.with?.['stage'] === 'string' ? [job.with['stage']] : []),
      ...(job.strategy?.matrix?.include ?? []).flatMap(({ stage }) => stage ?? []),
    ]);
    expect(Object.keys(stages)).toEqual(expect.arrayContaining(named));
    expect(new Set(named)).toEqual(new Set(['dev', 'production']));
  });
});

describe('a deployment', () => {
  const { jobs: deployJobs } = parse(texts['deploy.yml'] as string) as Workflow;

  it('uses one commit in all of its jobs', () => {
    const { revision, ...others } = deployJobs;
    expect(revision?.permissions).toBeUndefined();
    for (const { with: inputs } of Object.values(others)) {
      expect(inputs?.['commit']).toBe('${{ needs.revision.outputs.commit }}');
    }
    const checkouts = steps.filter(
      ({ file, step }) => file !== 'deploy.yml' && step.uses?.startsWith('actions/checkout@'),
    );
    const refs = checkouts
      .filter(({ file }) => /^(ci|deploy-stage)\.yml$/.test(file))
      .map(({ step }) => step.with?.['ref']);
    expect(new Set(refs)).toEqual(new Set(['${{ inputs.commit }}']));
  });

  describe('resolves the revision', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fargate-orders-revision-'));
    const clone = join(folder, 'clone');
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd,
        encoding: 'utf8',
      }).trim();
    const commit = (message: string) => {
      git(folder, 'commit', '--quiet', '--allow-empty', '--message', message);
      return git(folder, 'rev-parse', 'HEAD');
    };
    const script = deployJobs['revision']?.steps?.find(({ run }) => run)?.run as string;
    const resolve = (REVISION: string) => {
      const output = join(folder, 'output');
      rmSync(output, { force: true });
      const env = { ...process.env, REVISION, GITHUB_OUTPUT: output };
      // GitHub runs a script with these options.
      const { status } = spawnSync('bash', ['-e', '-c', script], { cwd: clone, env });
      return status === 0 ? readFileSync(output, 'utf8') : undefined;
    };
    let released: string;
    let unreviewed: string;

    beforeAll(() => {
      git(folder, 'init', '--quiet', '--initial-branch', 'main');
      released = commit('released');
      git(folder, 'tag', 'v1');
      commit('newer');
      git(folder, 'checkout', '--quiet', '-b', 'elsewhere');
      unreviewed = commit('not reviewed');
      git(folder, 'tag', 'v2');
      git(folder, 'clone', '--quiet', '--branch', 'main', '.', 'clone');
    });

    afterAll(() => rmSync(folder, { recursive: true }));

    it('to a commit of main', () => {
      expect(resolve('v1')).toBe(`commit=${released}\n`);
      expect(resolve(released)).toBe(`commit=${released}\n`);
    });

    it('and refuses one that is not on main, unknown, or an option', () => {
      for (const revision of [unreviewed, 'v2', 'elsewhere', 'v3', '--all', 'main:README.md']) {
        expect(resolve(revision)).toBeUndefined();
      }
    });
  });
});

describe('a release', () => {
  const { jobs: releaseJobs } = parse(texts['release.yml'] as string) as Workflow;
  const folder = mkdtempSync(join(tmpdir(), 'fargate-orders-release-'));
  const script = releaseJobs['version']?.steps?.find(({ run }) => run)?.run as string;
  const NOTES = '## 1.2.0\n\n### Upgrading\n\n## 1.1.0\n';

  /** Runs the check of a tag in a new repository, whose main has these files unless `branch` is another one. */
  function errorOf(tag: string, version: string, changelog: string, branch = 'main'): string {
    const repository = mkdtempSync(join(folder, 'repository-'));
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: repository });
    git('init', '--quiet', '--initial-branch', 'main');
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    git('checkout', '--quiet', '-B', branch);
    writeFileSync(join(repository, 'package.json'), JSON.stringify({ version }));
    writeFileSync(join(repository, 'CHANGELOG.md'), changelog);
    git('add', '.');
    git('commit', '--quiet', '--message', 'release');
    git('update-ref', 'refs/remotes/origin/main', 'main');
    const env = { ...process.env, GITHUB_REF_NAME: tag };
    return spawnSync('bash', ['-e', '-c', script], { cwd: repository, env, encoding: 'utf8' }).stderr.trim();
  }

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['', 'v1.2.0', '1.2.0', NOTES, 'main'],
    ['v1.2.0 is not on main', 'v1.2.0', '1.2.0', NOTES, 'elsewhere'],
    ['package.json has the version 1.1.0', 'v1.2.0', '1.1.0', NOTES, 'main'],
    ['CHANGELOG.md does not say how to upgrade to 1.1.0', 'v1.1.0', '1.1.0', NOTES, 'main'],
  ])('is checked before anything is built: %s', (error, tag, version, changelog, branch) => {
    expect(errorOf(tag, version, changelog, branch)).toBe(error);
  });

  it('has a bill of materials and a signed provenance for each image, of both architectures', () => {
    const { build, publish } = releaseJobs;
    const [built] = (build?.steps ?? []).flatMap(({ run }) => run ?? []);
    const targets = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^FROM runtime AS (.+)$/gm)];
    expect(built).toContain(`for target in ${targets.map(([, target]) => target).join(' ')}; do`);
    expect(built).toMatch(/--sbom=true --provenance=mode=max --output "type=oci,/);
    expect(build?.permissions).toBeUndefined();
    expect(publish?.steps?.at(-1)?.uses).toMatch(/^actions\/attest@/);
  });
});
