import { plugin, type Entry, type Plugin, type Store } from "@brainops/core";

/** One line of the trail: who did what, where, when. */
export interface AuditLine {
  readonly at: number;
  readonly run: string;
  readonly position: number;
  readonly what: string;
}

/**
 * Writes a line for every effect, question and answer of every run. It is written in the very commit of the journal's
 * entry, so there is none without the other, whenever the process dies.
 */
export const audit: Plugin = plugin({
  name: "audit",
  setup(registrar) {
    registrar.withCommit((entry, run) => {
      const what = describe(entry);
      if (what === undefined) return [];
      const { at, position } = entry;
      return [{ type: "append", stream: "trail", entries: [{ at, run, position, what }] }];
    });
  },
});

/** What of an entry goes into the trail. */
export function describe(entry: Entry): string | undefined {
  if (entry.type === "effect-completed" || entry.type === "effect-failed")
    return `${entry.node}: ${entry.name}, ${entry.type.slice(7)}`;
  if (entry.type === "woken") return `${entry.node}: ${entry.for} from ${entry.body?.by ?? "somebody"}`;
  return undefined;
}

/** Reads the trail. */
export async function readTrail(store: Store): Promise<readonly AuditLine[]> {
  return (await store.read("plugin/audit/trail")).map(({ entry }) => entry as unknown as AuditLine);
}
