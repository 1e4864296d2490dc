/** The form of the id of a replay, which is in a deduplication id, of 128 characters at most, before the event's own id. */
export const REPLAY_ID = /^[0-9A-Za-z._-]{1,64}$/;
