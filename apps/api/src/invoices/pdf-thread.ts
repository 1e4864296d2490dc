import { constants, setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, type WorkerOptions } from 'node:worker_threads';
import type { InvoicePdf } from './invoice-pdf.ts';
import type { PrintedDocument } from './invoice-rows.ts';

/** The thread's answer to a document: the PDF, or why the document has none. */
export type ThreadAnswer = InvoicePdf | { readonly error: Error };

/**
 * Twice what a hundred lines of the most expensive text need, so that a document cannot take the memory of the process.
 * Node ignores this limit when it is started with `--max-old-space-size`.
 */
const resourceLimits = { maxOldGenerationSizeMb: 96 };

/** Starts a thread that makes PDFs: it answers each document with a `ThreadAnswer`. */
export function startPdfThread(options: WorkerOptions = {}): Worker {
  return new Worker(new URL(import.meta.url), { name: 'pdf', resourceLimits, ...options });
}

/** Runs in the thread. Only the thread loads the PDF code and its fonts, which take 32 MB. */
async function serve(): Promise<void> {
  // On Linux this affects only the calling thread: when cores are scarce, the event loop goes first.
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const { invoicePdf } = await import('./invoice-pdf.ts');
  const answer = async (document: PrintedDocument): Promise<void> => {
    const made: ThreadAnswer = await invoicePdf(document).catch((error: Error) => ({ error }));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort?.postMessage(made);
  };
  parentPort?.on('message', (document: PrintedDocument) => void answer(document));
}

if (!isMainThread) await serve();
