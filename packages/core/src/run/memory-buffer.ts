import { BrainOpsError } from "../contracts/error.ts";
import type { Place } from "../contracts/journal.ts";
import { type Counters, type Link, type RecordInput, linkTypes } from "../contracts/record.ts";
import type { Write } from "../contracts/write.ts";
import type { Json } from "../contracts/json.ts";
import { canonical, encode } from "../journal/canonical.ts";
import { seededRandom } from "../journal/random.ts";
import { createRecord } from "../memory/create-record.ts";
import { placeKey } from "./history.ts";
import type { RunContext } from "./run-context.ts";

/** What a node remembers before it is done: written with its completion, dropped when it fails. */
export interface MemoryBuffer {
  remember(record: RecordInput): string;
  link(link: Link): void;
  count(id: string, counter: keyof Counters, by: number): void;
  /** The arrows of type `supersedes` among it. */
  superseding(): readonly Link[];
  /** Canonical text of everything that was given, in order; empty when nothing was. */
  text(): string;
  /** The writes, for the commit that completes the node at `position`. */
  writes(position: number, at: number): readonly Write[];
}

/** Makes the buffer of one try. Ids depend on the run that makes it, place and order alone, so that a node tried again gives the same. */
export function createMemoryBuffer(run: RunContext, place: Place, maker: string): MemoryBuffer {
  const ids = seededRandom(`${maker}/record${placeKey(place)}`);
  const given: Json[] = [];
  const superseding: Link[] = [];
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
      for (const link of input.links ?? []) if (link.type === "supersedes") superseding.push({ from: id, ...link });
      given.push(encode(input, "A record").json);
      made.push(build);
      return id;
    },
    link(link) {
      if (!linkTypes.includes(link.type))
        throw new BrainOpsError(
          "invalid_input",
          `There is no link type '${link.type}'. Use one of: ${linkTypes.join(", ")}.`,
        );
      if (link.type === "supersedes") superseding.push(link);
      given.push(encode(link, "A link").json);
      made.push((_, at) => [{ type: "link", link: { createdAt: at, ...link } }]);
    },
    count(id, counter, by) {
      given.push([id, counter, by]);
      made.push(() => [{ type: "count", id, counter, by }]);
    },
    superseding: () => superseding,
    text: () => (given.length === 0 ? "" : canonical(given)),
    writes: (position, at) => made.flatMap((build) => build(position, at)),
  };
}
