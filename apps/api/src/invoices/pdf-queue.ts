import type { Worker } from 'node:worker_threads';
import { Problem, RETRY_SOON, unavailable } from '../http/problem.ts';
import { Slots } from '../http/slots.ts';
import type { InvoicePdf } from './invoice-pdf.ts';
import type { PrintedDocument } from './invoice-rows.ts';
import type { ThreadAnswer } from './pdf-thread.ts';

/** One PDF in progress and 16 waiting: at 0.25 s for a hundred lines, the last waits 4 s. */
const PDFS = { ofCaller: 2, ofProcess: 17 };
/** Waiting and printing together take less than the 20 s after which the api closes a silent connection. */
const TIMES = { waitMs: 10_000, printMs: 8_000, idleMs: 60_000 };

/** A request for a PDF. */
export interface Place {
  readonly subject: string;
  /** Aborts when the client has disconnected or has waited too long. */
  readonly over: AbortSignal;
  readonly freeSlot: () => void;
  /** Absent while the document is being read. */
  job?: { readonly document: PrintedDocument } & PromiseWithResolvers<InvoicePdf>;
}

/**
 * Makes PDFs in one thread, so that the event loop keeps the other of two cores. The thread starts with the first PDF and
 * ends when it has been idle. Callers are served in turn: each makes another wait for at most one document.
 */
export class PdfQueue {
  private readonly slots = new Slots('PDFs', PDFS);
  /** The places of each caller, by subject; the caller served last is the last. */
  private readonly callers = new Map<string, readonly Place[]>();
  private inProgress: Place | undefined;
  private thread: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly startThread: () => Worker,
    private readonly times = TIMES,
  ) {}

  /**
   * Takes a place, before the document is read. It has to be left.
   * @param closed aborts when the client has disconnected: a place that waits is then free.
   * @throws Problem `too-many-requests` when the caller or all callers have too many places.
   */
  enter(subject: string, closed: AbortSignal): Place {
    const freeSlot = this.slots.take(subject);
    const over = AbortSignal.any([closed, AbortSignal.timeout(this.times.waitMs)]);
    const place = { subject, over, freeSlot };
    this.callers.set(subject, [...(this.callers.get(subject) ?? []), place]);
    over.addEventListener('abort', () => this.leave(place));
    return place;
  }

  /**
   * @throws Problem `too-many-requests` when its turn did not come in time, `unavailable` when the document took too long
   *   or its thread has crashed.
   */
  async print(place: Place, document: PrintedDocument): Promise<InvoicePdf> {
    if (place.over.aborted) throw tooLate();
    place.job = { document, ...Promise.withResolvers<InvoicePdf>() };
    this.next();
    return place.job.promise;
  }

  /** Frees a place. While its PDF is in progress it stays taken, because the thread cannot do other work. */
  leave(place: Place): void {
    if (place === this.inProgress) return;
    this.free(place);
    place.job?.reject(tooLate());
  }

  private free(place: Place): void {
    place.freeSlot();
    const rest = (this.callers.get(place.subject) ?? []).filter((other) => other !== place);
    this.callers.delete(place.subject);
    if (rest.length > 0) this.callers.set(place.subject, rest);
  }

  private next(): void {
    if (this.inProgress) return;
    this.inProgress = [...this.callers.values()].flat().find(({ job }) => job !== undefined);
    const document = this.inProgress?.job?.document;
    if (document) this.thread ??= this.start();
    const { thread } = this;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    if (document) thread?.postMessage(document);
    const { printMs, idleMs } = this.times;
    clearTimeout(this.timer);
    const end = () => this.endThread(thread, new Error(`there was no PDF after ${printMs} ms`));
    this.timer = setTimeout(end, document ? printMs : idleMs).unref();
  }

  private start(): Worker {
    const thread = this.startThread();
    thread.unref();
    thread.on('message', (answer: ThreadAnswer) => {
      // The answer of a thread that was given up would belong to another document.
      if (thread === this.thread) this.finish(answer);
    });
    thread.on('error', (error: Error) => this.endThread(thread, error));
    thread.on('exit', () => this.endThread(thread, new Error('the thread has ended')));
    return thread;
  }

  /** Fails the document in progress; the next document starts another thread. */
  private endThread(thread: Worker | undefined, cause: Error): void {
    if (!thread || thread !== this.thread) return;
    this.thread = undefined;
    void thread.terminate();
    this.finish({ error: unavailable('the PDF could not be made', cause) });
  }

  private finish(answer: ThreadAnswer): void {
    const place = this.inProgress;
    if (!place) return;
    this.inProgress = undefined;
    this.free(place);
    if ('pdf' in answer) place.job?.resolve(answer);
    else place.job?.reject(answer.error);
    this.next();
  }
}

function tooLate(): Problem {
  return new Problem('too-many-requests', 'too many PDFs are waiting: this one had no turn in time', {
    headers: RETRY_SOON,
  });
}
