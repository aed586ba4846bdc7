import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { PluginWrite } from "../contracts/plugin.ts";
import type { RecordInput } from "../contracts/record.ts";
import type { Write } from "../contracts/write.ts";
import { seededRandom, type Random } from "../journal/random.ts";
import { createRecord } from "../memory/create-record.ts";

/** The run that an entry belongs to: its id, and where it remembers. */
export interface RunPlace {
  /** The run's id. */
  readonly id: string;
  /** Where it remembers. */
  readonly scope: string;
}

/** Writes that a plugin adds to the commit of a journal entry; see {@link Registrar.withCommit}. */
export type Companion = (entry: Entry, run: RunPlace) => readonly Write[];

/** What the keys and streams of a plugin begin with. */
export const root = (plugin: string): string => `plugin/${plugin}/`;

const none: readonly Write[] = [];

/** What several companions add, in their order. */
export function together(companions: readonly Companion[], entry: Entry, run: RunPlace): readonly Write[] {
  let all = none;
  for (const each of companions) {
    const writes = each(entry, run);
    if (writes.length > 0) all = all.length === 0 ? writes : [...all, ...writes];
  }
  return all;
}

/** Makes a plugin's writes the store's: under its own name, whatever it says, and its memories in the run's scope. */
export function companion(plugin: string, writes: (entry: Entry, run: string) => readonly PluginWrite[]): Companion {
  return (entry, run) => {
    try {
      const made = writes(entry, run.id);
      if (made.length === 0) return none;
      // The same entry gives the same ids; an entry's hash is salted, so no other gives them.
      const ids = seededRandom(`${plugin}/${entry.hash}`);
      return made.flatMap((write) => own(plugin, write, ids, entry, run));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new BrainOpsError(
        "invalid_plugin",
        `Plugin '${plugin}' has no writes for an entry '${entry.type}', so the entry was not made either: ${why}`,
        { cause },
      );
    }
  };
}

function own(plugin: string, write: PluginWrite, ids: Random, entry: Entry, run: RunPlace): Write[] {
  switch (write.type) {
    case "record":
      return recordWrites(write.record, ids.uuid(entry.at), entry, run);
    case "append":
      return [{ type: "append", stream: root(plugin) + write.stream, entries: write.entries }];
    case "document":
      return [{ type: "document", key: root(plugin) + write.key, value: write.value }];
    default:
      return [write];
  }
}

function recordWrites(input: RecordInput, id: string, entry: Entry, run: RunPlace): Write[] {
  const place = "node" in entry ? { path: entry.path, node: entry.node } : {};
  const evidence = input.evidence === undefined ? {} : { evidence: input.evidence };
  const provenance = { run: run.id, ...place, position: entry.position, ...evidence };
  const record = createRecord(input, { id, scope: run.scope, createdAt: entry.at, provenance });
  const links = (input.links ?? []).map((link): Write => ({ type: "link", link: { from: id, ...link } }));
  return [{ type: "record", record }, ...links];
}
