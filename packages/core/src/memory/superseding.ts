import { BrainOpsError } from "../contracts/error.ts";
import type { Link } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";

/**
 * Throws `invalid_input` when one of these links, together with the others and those that are there, would let a record
 * supersede itself. A store refuses that, too; asked before, what wanted it can fail by itself.
 */
export async function checkSuperseding(store: Store, links: readonly Link[]): Promise<void> {
  const drawn = links.filter(({ type }) => type === "supersedes");
  for (const { from, to } of drawn) {
    const reached = new Set([to]);
    for (const id of reached) {
      for (const link of [...drawn, ...(await store.links(id, { types: ["supersedes"] }))])
        if (link.from === id) reached.add(link.to);
      if (reached.has(from))
        throw new BrainOpsError(
          "invalid_input",
          `${from} cannot supersede ${to}, which supersedes it. Of two records only one can stand for both.`,
          { details: { from, to } },
        );
    }
  }
}
