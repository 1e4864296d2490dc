/* Tokens of what providers inject besides classes. */

/** `Telemetry<'api'>`: log, metrics and traces. */
export const TELEMETRY = Symbol('telemetry');
/** The IANA name of the seller's time zone. */
export const SELLER_TIME_ZONE = Symbol("the seller's time zone");
/** The highest rate of tax that an order can have, in per cent. */
export const MAX_TAX_PERCENT = Symbol('max-tax-percent');
/** The AbortSignal that aborts when the api stops, so that long requests end. */
export const STOPPING = Symbol('stopping');
