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
    '%s has only the permission to read the code, and a token where it deploys or diffs',
    (_, workflow) => {
      expect(workflow.permissions).toEqual({ contents: 'read' });
      for (const { permissions } of Object.values(workflow.jobs)) {
        expect([undefined, { contents: 'read', 'id-token': 'write' }]).toContainEqual(permissions);
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
      ...(job.strategy?.matrix?.include ?? []).map(({ stage }) => stage),
    ]);
    expect(new Set(named)).toEqual(new Set(Object.keys(stages)));
  });
});
