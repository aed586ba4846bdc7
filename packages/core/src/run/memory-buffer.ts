import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import { type Counters, type Link, type RecordInput, linkTypes } from "../contracts/record.ts";
import type { Write } from "../contracts/store.ts";
import { seededRandom } from "../journal/random.ts";
import { createRecord } from "../memory/create-record.ts";
import { placeKey } from "./history.ts";
import type { RunContext } from "./run-context.ts";

/** What a node remembers before it is done: written with its completion, dropped when it fails. */
export interface MemoryBuffer {
  remember(record: RecordInput): string;
  link(link: Link): void;
  count(id: string, counter: keyof Counters, by: number): void;
  /** The writes, for the commit that completes the node at `position`. */
  writes(position: number, at: number): readonly Write[];
}

/** Makes the buffer of one try. Ids depend on run, place and order alone, so that a node tried again gives the same. */
export function createMemoryBuffer(run: RunContext, place: Place): MemoryBuffer {
  const ids = seededRandom(`${run.id}/record${placeKey(place)}`);
  const made: ((position: number, at: number) => Write[])[] = [];
  return {
    remember(input) {
      const id = ids.uuid(run.startedAt);
      const { evidence } = input;
      // Checked now, so that the error comes from where the mistake is.
      const build = (position: number, at: number): Write[] => {
        const provenance = {
          run: run.id,
          path: place.path,
          node: place.node,
          position,
          ...(evidence === undefined ? {} : { evidence }),
        };
        const record = createRecord(input, { id, scope: run.scope, createdAt: at, provenance });
        const links = (input.links ?? []).map((link): Write => ({ type: "link", link: { from: id, ...link } }));
        return [{ type: "record", record }, ...links];
      };
      build(0, 0);
      made.push(build);
      return id;
    },
    link(link) {
      if (!linkTypes.includes(link.type))
        throw new BrainOpsError(
          "invalid_input",
          `There is no link type '${link.type}'. Use one of: ${linkTypes.join(", ")}.`,
        );
      made.push(() => [{ type: "link", link }]);
    },
    count(id, counter, by) {
      made.push(() => [{ type: "count", id, counter, by }]);
    },
    writes: (position, at) => made.flatMap((build) => build(position, at)),
  };
}
