import type { Entry, WaitBody } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "../journal/canonical.ts";
import { saltedHash } from "../journal/chain.ts";
import { isErased } from "../journal/erased.ts";
import type { Outcomes } from "./delivery.ts";
import type { PlaceHistory } from "./history.ts";
import type { Divergence } from "./run-context.ts";

/** A call, as the node makes it now. */
export interface Asked {
  readonly name: string;
  /** Canonical text of the input. */
  readonly text: string;
  readonly input: Json;
}

/** What the journal has of a call: this try's own outcome, one that an earlier try can lend, or something else. */
export type Found =
  | { readonly kind: "own" | "earlier"; readonly entry: Outcomes }
  | { readonly kind: "other"; readonly difference: Pick<Divergence, "position" | "what" | "expected" | "found"> };

/** A wait in the journal. */
export interface PastWait {
  /** Names it within the run. */
  readonly id: string;
  readonly begun?: Extract<Entry, { type: "waiting" }>;
  readonly over?: Extract<Entry, { type: "woken" }>;
  /** Position of a wait of that name, when it is no longer known what it was for. */
  readonly erased?: number;
}

/** What the journal has of one try of a node already, and of the tries before it. */
export interface Past {
  /** Outcomes of this try in the order of the journal; the delivery takes them out. */
  readonly recorded: Outcomes[];
  /** The outcome of a call. An earlier try's is lent only to the very same call; this try's own must be of it. */
  find(call: number, asked: Asked): Found | undefined;
  /** Whether an intent of the call has no outcome: it is not known what became of it. */
  inDoubt(call: number, name: string): boolean;
  /** Whether an earlier try did something else in the place of the call. */
  replaced(call: number, asked: Asked): boolean;
  /** The wait of that name, when it was for the same; else a name for a new one. */
  wait(id: string, body: WaitBody): PastWait;
  /** The note of a call. */
  noted(call: number): Extract<Entry, { type: "noted" }> | undefined;
  patched(change: string): boolean;
  /** Whether this try went on beyond so many calls. */
  goesBeyond(calls: number): boolean;
}

/** What the waits are called in divergences. */
export const waitNames = { answer: "ask", signal: "signalled", time: "sleep" } as const;

/** Looks up what the journal has of a try. */
export function createPast(history: PlaceHistory, attempt: number): Past {
  if (history.attempts.length === 0) return nothingYet;
  const own = history.attempts[attempt - 1]?.entries ?? [];
  const before = history.attempts.slice(0, attempt - 1).flatMap(({ entries }) => entries);
  const all = [...before, ...own];
  const recorded = own.filter(isOutcome);
  const lent = new Map<number, Outcomes>();
  for (const entry of before) if (isOutcome(entry) && entry.type !== "effect-failed") lent.set(entry.call, entry);
  const said = all.filter((entry) => entry.type === "waiting");

  function differs(entry: Outcomes, { name, text, input }: Asked): Extract<Found, { kind: "other" }> | undefined {
    const { position } = entry;
    const journaled = outcomeName(entry);
    const other = (what: string, expected: Json, found: Json): Extract<Found, { kind: "other" }> => ({
      kind: "other",
      difference: { position, what, expected, found },
    });
    if (journaled !== name)
      return other(`The code does '${name}' where the journal has '${journaled}'`, journaled, name);
    if (entry.type === "woken") {
      const body = said.find(({ wait }) => wait === entry.wait)?.body;
      if (body === undefined || canonical(body) === text) return undefined;
      return other(`The code waits for something else than the journal has`, canonical(body), text);
    }
    const inputHash = entry.inputHash ?? intentOf(entry)?.inputHash;
    if (entry.salt === undefined || saltedHash(entry.salt, text) === inputHash) return undefined;
    const expected = entry.body?.input ?? intentOf(entry)?.body?.input ?? "(another input: only its hash was kept)";
    return other(`The input of '${name}' is not the one in the journal`, expected, input);
  }

  /** The intent that an outcome belongs to. */
  const intentOf = ({ call, attempt: made }: Outcomes): Extract<Entry, { type: "effect-intended" }> | undefined =>
    all.find((entry) => entry.type === "effect-intended" && entry.call === call && entry.attempt === made) as
      Extract<Entry, { type: "effect-intended" }> | undefined;

  return {
    recorded,
    find(call, asked) {
      const entry = recorded.find((outcome) => outcome.call === call);
      if (entry !== undefined) return differs(entry, asked) ?? { kind: "own", entry };
      const earlier = lent.get(call);
      return earlier === undefined || differs(earlier, asked) !== undefined
        ? undefined
        : { kind: "earlier", entry: earlier };
    },
    inDoubt(call, name) {
      const last = all.findLast(
        (entry) =>
          entry.type.startsWith("effect-") &&
          "call" in entry &&
          entry.call === call &&
          "name" in entry &&
          entry.name === name,
      );
      return last?.type === "effect-intended";
    },
    replaced(call, asked) {
      const earlier = lent.get(call);
      return earlier !== undefined && differs(earlier, asked) !== undefined;
    },
    wait(id, body) {
      const text = canonical(body);
      const erased = said.find((entry) => isNamed(entry.wait, id) && isErased(entry));
      if (erased !== undefined) return { id, erased: erased.position };
      const same = said.findLast(
        ({ wait, body: asked }) => isNamed(wait, id) && asked !== undefined && canonical(asked) === text,
      );
      if (same === undefined) return { id: said.some(({ wait }) => isNamed(wait, id)) ? `${id}~${attempt}` : id };
      const over = all.find((entry) => entry.type === "woken" && entry.wait === same.wait);
      return { id: same.wait, begun: same, ...(over?.type === "woken" ? { over } : {}) };
    },
    noted: (call) =>
      all.findLast((entry) => entry.type === "noted" && entry.call === call) as
        Extract<Entry, { type: "noted" }> | undefined,
    patched: (change) => all.some((entry) => entry.type === "patched" && entry.patch === change),
    goesBeyond: (calls) => own.some((entry) => "call" in entry && entry.call >= calls),
  };
}

/** The past of a first try. */
const nothingYet: Past = {
  recorded: [],
  find: () => undefined,
  inDoubt: () => false,
  replaced: () => false,
  wait: (id) => ({ id }),
  noted: () => undefined,
  patched: () => false,
  goesBeyond: () => false,
};

/** A wait that a later try replaced by another carries the number of that try. */
const isNamed = (wait: string, id: string): boolean => wait === id || wait.startsWith(`${id}~`);

function isOutcome(entry: Entry): entry is Outcomes {
  // A wait with a suffix is the runner's own, on behalf of an effect; the node never sees how it ended.
  if (entry.type === "woken") return !entry.wait.includes(":");
  return entry.type === "effect-completed" || entry.type === "effect-failed";
}

/** What a call is called whose outcome it is. */
export function outcomeName(entry: Outcomes): string {
  return entry.type === "woken" ? waitNames[entry.for] : entry.name;
}
