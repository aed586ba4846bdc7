import type { Write } from "@brainops/core";
import { beginnings } from "@brainops/core/sealing";
import { nameOf, sealText, type Context } from "./context.ts";
import { streamPlace, wakePlace } from "./places.ts";

/** The name of a stream as it is kept: sealed, and what finds it by its beginnings. */
export interface StreamName {
  readonly body: Uint8Array;
  readonly tokens: readonly number[];
}

/** Seals the name of a stream that begins. */
export function sealStreamName(context: Context, digest: string, name: string): StreamName {
  return {
    body: sealText(context, streamPlace(digest), name),
    tokens: beginnings(name).map((beginning) => context.sealer.token("stream-beginning", beginning)),
  };
}

/** A wake as it is kept. One without a time is to be taken away, and has no more than its name. */
export interface SealedWake {
  readonly name: string;
  readonly at?: number;
  readonly queue?: string;
  readonly lane?: string;
  readonly body?: Uint8Array;
}

/** Seals a wake. */
export function sealWake(context: Context, { key, at, data, queue }: Extract<Write, { type: "wake" }>): SealedWake {
  const name = nameOf(context, "wake", key);
  if (at === null) return { name };
  const body = sealText(context, wakePlace(name), JSON.stringify([key, data ?? null, queue ?? null]));
  if (queue === undefined) return { name, at, body };
  return { name, at, queue: nameOf(context, "queue", queue.name), lane: nameOf(context, "lane", queue.lane), body };
}
