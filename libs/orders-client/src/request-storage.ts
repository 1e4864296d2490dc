import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiProblem, ProblemError } from './problem.ts';

/** Where the caller keeps requests whose outcome is unknown. A Map fits, but only a store on disk outlives the process. */
export interface RequestStorage {
  get(name: string): string | undefined | Promise<string | undefined>;
  /** Resolves when the value is durable. */
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
}

/** The key under which a request is sent, and a digest of its content. */
interface StoredRequest {
  idempotencyKey: string;
  fingerprint: string;
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

/** Remembers each request from before it is first sent until its outcome is known. */
export class RememberedRequests {
  private readonly storage: RequestStorage;

  constructor(storage: RequestStorage) {
    this.storage = storage;
  }

  /** @throws ProblemError `idempotency-conflict` when a request of this name with other content may have been sent */
  async during<T>(
    { path, key }: { path: string; key: string },
    content: unknown,
    send: (idempotencyKey: string) => Promise<T>,
  ): Promise<T> {
    const name = `${path} ${key}`;
    const request: StoredRequest = { idempotencyKey: key, fingerprint: fingerprintOf(content) };
    const text = await this.storage.get(name);
    const stored = text === undefined ? undefined : (JSON.parse(text) as StoredRequest);
    if (stored && stored.fingerprint !== request.fingerprint) throw keyUsedBefore(path, key);
    if (!stored) await this.storage.set(name, JSON.stringify(request));
    try {
      const outcome = await send((stored ?? request).idempotencyKey);
      await this.storage.delete(name);
      return outcome;
    } catch (error) {
      const isRefusal = error instanceof ProblemError && !UNDECIDED.includes(error.problem.code);
      if (isRefusal) await this.storage.delete(name);
      throw error;
    }
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
  const fileOf = (name: string) => join(folder, `${digestOf(name)}.json`);
  return {
    get: (name) => readFile(fileOf(name), 'utf8').catch(undefinedIfMissing),
    async set(name, value) {
      await mkdir(folder, { recursive: true });
      const draft = `${fileOf(name)}.${process.pid}.draft`;
      const file = await open(draft, 'w');
      await file.writeFile(value);
      await file.sync();
      await file.close();
      await rename(draft, fileOf(name));
    },
    delete: (name) => rm(fileOf(name), { force: true }),
  };
}

/** A digest of a request's content that does not depend on the order of its fields. */
function fingerprintOf(content: unknown): string {
  return digestOf(
    JSON.stringify(content, (_name, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ),
  );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
