import { continueTrace, parseTraceparent } from './trace-context.ts';

/** What a span may say of its work: names of the semantic conventions, and no personal data. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** A station's part in a trace, from its beginning on. */
export interface WorkSpan {
  /** W3C trace context of this very span, for those who do something on its behalf. */
  readonly traceparent: string;
  /** The work is done; what is known of it only now. */
  end(attributes?: SpanAttributes): void;
  /** The work has failed. */
  fail(error: unknown, attributes?: SpanAttributes): void;
}

export interface SpanStart {
  /** Answers a request, hands a message over, or handles one. */
  kind: 'server' | 'producer' | 'consumer';
  /** `traceparent` of the one on whose behalf it is done; without one that is valid a trace begins. */
  parent: string | undefined;
  attributes?: SpanAttributes;
}

/** Where the stations of an order's way tell their parts of its trace. */
export interface Tracing {
  begin(name: string, start: SpanStart): WorkSpan;
  /** Sends what is left, for a bounded time. */
  stop(): Promise<void>;
}

const nothing = () => undefined;

/** Tells nobody. The trace goes on all the same: a request has a context, and those whom it asks get it. */
export const noTracing: Tracing = {
  begin: (_name, { kind, parent }) => ({
    traceparent: kind === 'server' || !parseTraceparent(parent) ? continueTrace(parent) : (parent as string),
    end: nothing,
    fail: nothing,
  }),
  stop: () => Promise.resolve(),
};
