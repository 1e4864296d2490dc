import { continueTrace, parseTraceparent } from './trace-context.ts';

/** What a span may say about its work: names of the semantic conventions, and no personal data. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** A station's part in a trace, from its beginning on. */
export interface WorkSpan {
  /** W3C trace context of this span, for work that is done on its behalf. */
  readonly traceparent: string;
  /** The work is done. `attributes`: what is known about it only now. */
  end(attributes?: SpanAttributes): void;
  /** The work has failed. */
  fail(error: unknown, attributes?: SpanAttributes): void;
}

export interface SpanStart {
  /** server answers a request, producer hands a message over, consumer handles one. */
  kind: 'server' | 'producer' | 'consumer';
  /** `traceparent` of the work on whose behalf this is done; without a valid one a trace begins. */
  parent: string | undefined;
  attributes?: SpanAttributes;
}

/** Where the stations of an order's path report their parts of its trace. */
export interface Tracing {
  begin(name: string, start: SpanStart): WorkSpan;
  /** Sends what is left, for a bounded time. */
  stop(): Promise<void>;
}

const nothing = () => undefined;

/** Reports nothing. The trace goes on all the same: a request has a context and passes it on. */
export const noTracing: Tracing = {
  begin: (_name, { kind, parent }) => ({
    traceparent: kind === 'server' || !parseTraceparent(parent) ? continueTrace(parent) : (parent as string),
    end: nothing,
    fail: nothing,
  }),
  stop: () => Promise.resolve(),
};
