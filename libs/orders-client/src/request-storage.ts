import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiProblem, ProblemError } from './problem.ts';

/** Where the caller keeps requests whose outcome is unknown. A Map fits, but only a store on disk outlives the process. */
export interface RequestStorage {
  get(name: string): string | undefined | Promise<string | undefined>;
  /** Resolves when the value is durable. */
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
}

/** Answers after which the outcome is still unknown, because an earlier attempt may have been carried out. */
const UNDECIDED: readonly ApiProblem['code'][] = [
  'unknown',
  'unauthenticated',
  'timeout',
  'too-many-requests',
  'internal',
  'unavailable',
];

/**
 * Stores a digest of a request's content under its path and key, from before it is first sent until its outcome is known.
 *
 * @throws ProblemError `idempotency-conflict` when a request with this key and other content may have been sent
 */
export async function remembering<T>(
  storage: RequestStorage,
  { path, key, ...content }: { path: string; key: string },
  send: () => Promise<T>,
): Promise<T> {
  const name = `${path} ${key}`;
  const digest = digestOf(JSON.stringify(content, sortedFields));
  const stored = await storage.get(name);
  if (stored === undefined) await storage.set(name, digest);
  else if (stored !== digest) throw keyUsedBefore(path, key);
  try {
    const outcome = await send();
    await storage.delete(name);
    return outcome;
  } catch (error) {
    if (error instanceof ProblemError && !UNDECIDED.includes(error.problem.code)) await storage.delete(name);
    throw error;
  }
}

/** The problem that the api answers when it knows the earlier request. */
function keyUsedBefore(path: string, key: string): ProblemError {
  return new ProblemError({
    code: 'idempotency-conflict',
    type: 'urn:fargate-orders:problem:idempotency-conflict',
    title: 'The Idempotency-Key was used for another request',
    status: 422,
    detail: `a request with the key ${key} and other content was sent, and its outcome is unknown`,
    instance: path,
  });
}

/** Keeps each request in a file of a folder. */
export function fileStorage(folder: string): RequestStorage {
  const fileOf = (name: string) => join(folder, digestOf(name));
  return {
    get: (name) => readFile(fileOf(name), 'utf8').catch(undefinedIfMissing),
    async set(name, value) {
      const draft = join(folder, randomUUID());
      await mkdir(folder, { recursive: true });
      await writeFile(draft, value, { flush: true });
      await rename(draft, fileOf(name));
    },
    delete: (name) => rm(fileOf(name), { force: true }),
  };
}

/** For `JSON.stringify`: the text then does not depend on the order of an object's fields. */
function sortedFields(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
