/* Tokens of what providers inject besides classes. */

/** `Telemetry<'api'>`: log, metrics and traces. */
export const TELEMETRY = Symbol('telemetry');
/** The AbortSignal that aborts when the api stops, so that long requests end. */
export const STOPPING = Symbol('stopping');
