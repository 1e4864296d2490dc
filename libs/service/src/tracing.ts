import { continueTrace, parseTraceparent } from './trace-context.ts';

/** Attributes of a span, named by the semantic conventions; no personal data. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** A span of a service in a trace, which has started. */
export interface WorkSpan {
  /** W3C trace context of this span, for work done on its behalf. */
  readonly traceparent: string;
  /** Ends the span. @param attributes those that are known only now */
  end(attributes?: SpanAttributes): void;
  /** Ends the span as failed. */
  fail(error: unknown, attributes?: SpanAttributes): void;
}

export interface SpanStart {
  /** A server answers a request, a producer sends a message, a consumer handles one. */
  kind: 'server' | 'producer' | 'consumer';
  /** `traceparent` of the caller; without a valid one a new trace starts. */
  parent: string | undefined;
  attributes?: SpanAttributes;
}

/** Records the spans of a service. */
export interface Tracing {
  begin(name: string, start: SpanStart): WorkSpan;
  /** Sends the remaining spans, for a bounded time. */
  stop(): Promise<void>;
}

const nothing = () => undefined;

/** Records nothing, but continues traces: a request has a context and passes it on. */
export const noTracing: Tracing = {
  begin: (_name, { kind, parent }) => ({
    traceparent: kind === 'server' || !parseTraceparent(parent) ? continueTrace(parent) : (parent as string),
    end: nothing,
    fail: nothing,
  }),
  stop: () => Promise.resolve(),
};
