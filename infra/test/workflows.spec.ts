import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { stages } from '../lib/stages.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  readonly uses?: string;
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

describe('the workflows', () => {
  it.each(workflows)(
    '%s asks for nothing beyond reading the code, but a token where it deploys or compares',
    (_, workflow) => {
      expect(workflow.permissions).toEqual({ contents: 'read' });
      for (const { permissions } of Object.values(workflow.jobs)) {
        expect([undefined, { contents: 'read', 'id-token': 'write' }]).toContainEqual(permissions);
      }
    },
  );

  it.each(Object.entries(texts))('%s holds no secret, and runs no code of a fork with our rights', (_, text) => {
    expect(text).not.toMatch(/secrets\.|AKIA|pull_request_target/);
  });

  it("take GitHub's own actions by their major version, others by their commit", () => {
    const actions = steps.flatMap(({ step }) => (step.uses === undefined ? [] : [step.uses]));
    expect(actions.filter((one) => !/^actions\/[a-z-]+@v\d+$|^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(one))).toEqual([]);
  });

  it('put nothing that others write into a script', () => {
    expect(steps.filter(({ step }) => step.run?.includes('${{'))).toEqual([]);
  });

  it('end, each job', () => {
    expect(jobs.filter(({ job }) => job.steps && !job['timeout-minutes'])).toEqual([]);
  });

  it('call scripts, workflows and stages that are there', () => {
    const called = steps.flatMap(({ step }) => [...(step.run ?? '').matchAll(/npm run (?:--silent )?([\w:]+)/g)]);
    expect(called.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual([]);
    expect(called).not.toEqual([]);
    const reused = jobs.flatMap(({ job }) =>
      job.uses === undefined ? [] : [job.uses.replace('./.github/workflows/', '')],
    );
    expect(Object.keys(texts)).toEqual(expect.arrayContaining(reused));
    const named = jobs.flatMap(({ job }) => [
      ...(typeof job.with?.['stage'] === 'string' ? [job.with['stage']] : []),
      ...(job.strategy?.matrix?.include ?? []).map(({ stage }) => stage),
    ]);
    expect(new Set(named)).toEqual(new Set(Object.keys(stages)));
  });
});
