import { randomUUID } from "node:crypto";

/**
 * An id for a call that came without one. Random, because a history may hold the calls of many answers, and some
 * vendors refuse one that repeats an id.
 */
export const newCallId = (): string => `call_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
