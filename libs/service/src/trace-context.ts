import { randomUUID } from 'node:crypto';

/** Version, trace id, parent id, flags. Ids of zeros are invalid. https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = '01';

/** The parts of a `traceparent`, in hex digits. */
export interface TraceContext {
  traceId: string;
  spanId: string;
  flags: string;
}

/** Parses a `traceparent`; returns undefined when it is not valid. */
export function parseTraceparent(traceparent: string | undefined): TraceContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId !== undefined && spanId !== undefined && flags !== undefined ? { traceId, spanId, flags } : undefined;
}

/**
 * Returns the `traceparent` for work done on behalf of a caller: the caller's trace id and flags with a new span id, or a
 * new trace when the caller sent no valid one.
 */
export function continueTrace(traceparent: string | undefined): string {
  const { traceId, flags = SAMPLED } = parseTraceparent(traceparent) ?? {};
  return `00-${traceId ?? randomHex()}-${randomHex().slice(16)}-${flags}`;
}

/** Returns 32 hex digits. Node draws the bytes of many UUIDs at a time, which is several times faster than drawing each. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

/** Returns the trace id, 32 hex digits; undefined when the `traceparent` is not valid. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return parseTraceparent(traceparent)?.traceId;
}
