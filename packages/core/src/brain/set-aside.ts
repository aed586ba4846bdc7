import type { Clock } from "../contracts/clock.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { journalStream } from "../run/writer.ts";
import { noWakes, type Named } from "./leases.ts";

/** A run that no worker goes on with by itself, and why. It goes on when it is resumed, or when a worker starts anew. */
export interface SetAside {
  /** Id of the run. */
  readonly run: string;
  /** Name of its graph. */
  readonly graph: string;
  /** Version of the graph that had it last. */
  readonly version: string;
  /** Of the graph that had it last, as is `version`. */
  readonly fingerprint: string;
  /** Where it remembers. */
  readonly scope: string;
  /** Why, in words, such as that its workers keep dying or that no version here fits. */
  readonly reason: string;
  /** When: milliseconds since 1970. */
  readonly at: number;
}

const prefix = "aside/";

/** Sets a run aside. */
export function setAside({ run, graph, version, fingerprint, scope }: Named, reason: string, at: number): Write {
  const value = { run, graph, version, fingerprint, scope, reason, at };
  return { type: "document", key: prefix + run, value };
}

/**
 * Sets a run aside of which no process has hold. With `position`, only when its journal still ends there, so that nobody has
 * taken it meanwhile; else `conflict`.
 */
export async function putAside(
  store: Store,
  clock: Clock,
  named: Named,
  reason: string,
  position?: number,
): Promise<void> {
  const { run } = named;
  const unchanged: Write[] =
    position === undefined
      ? []
      : [{ type: "append", stream: journalStream(run), entries: [], expectedPosition: position }];
  const writes = [...unchanged, ...noWakes(run), setAside(named, reason, clock.now())];
  await commitSurely(store, uuid7(clock.now()), writes);
}

/** The run is gone on with, or has ended. */
export function takeUp(run: string): Write {
  return { type: "document", key: prefix + run, value: null };
}

/** What was set aside, by run id. */
export async function listSetAside(store: Store): Promise<readonly SetAside[]> {
  return (await store.documents(prefix)).map(({ value }) => value as unknown as SetAside);
}
