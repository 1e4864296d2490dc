/** Injects the AbortSignal that tells that the api stops: what could go on for long ends then. */
export const STOPPING = Symbol('stopping');
