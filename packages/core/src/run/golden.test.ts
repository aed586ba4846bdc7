import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CallPlace, EntryContent, EntryType } from "../contracts/journal.ts";
import { codeAfter } from "../graph/fits.ts";
import { importJournal, replay, stateOf, type Brain, type Entry, type RunResult } from "../index.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";
import type { Started } from "./execute.ts";
import { withBrain } from "./fixture.ts";
import { goldenGraph } from "./golden-graph.fixture.ts";

const folder = join(import.meta.dirname, "../../fixtures/journals");
const kept = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
const added = process.env["BRAINOPS_GOLDEN"];
const ends = { golden: "completed", fork: "completed", failed: "failed", aborted: "aborted" } as const;

/** What each kind of entry may tell, beside its place. */
const members = {
  "run-started": "format run graph version fingerprint scope seed owner limits priority key forkOf input instead",
  "run-taken": "owner epoch version fingerprint",
  "effect-intended": "name class inputHash input",
  "effect-completed": "name class inputHash ms input result",
  "effect-failed": "name class inputHash ms input error",
  noted: "text data",
  waiting: "wait for until approvers text options data signal",
  woken: "wait for expired inbox given value by",
  patched: "patch",
  "node-completed": "ms memory update",
  "node-failed": "retried error",
  "run-completed": "state",
  "run-failed": "error",
  "run-aborted": "reason",
} as const;

type Told<Type extends EntryType> = Words<(typeof members)[Type]>;
type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;
type Member<One> = One extends { readonly body: infer Body } ? keyof Body | Head<One> : Head<One>;
/** Its own, not what every entry has. */
type Head<One> = Exclude<keyof One, "body" | "type" | keyof Omit<Entry, "type"> | keyof CallPlace>;
type Missing = {
  [Type in EntryType]: Exclude<Member<Extract<EntryContent, { type: Type }>>, Told<Type>>;
}[EntryType];
/** A new member is an error here until it is listed above, and then missing in the kept journals. */
const listed: [Missing] extends [never] ? true : Missing = true;

const read = (file: string): readonly Entry[] => importJournal(readFileSync(join(folder, file), "utf8"));

const membersOf = (entry: Entry): string[] =>
  [entry, "body" in entry ? entry.body : {}].flatMap((part) =>
    Object.keys(part ?? {}).map((member) => `${entry.type}: ${member}`),
  );

// Journals of earlier versions are never rewritten: whoever changes the format must still read these.
test.each(kept)("the journal %s, kept from an earlier version, replays equal", async (file) => {
  const entries = read(file);
  const { version } = codeAfter(entries[0] as Started, entries);
  const end = Object.entries(ends).find(([name]) => file.includes(`-${name}`))?.[1] ?? "completed";
  expect(await replay(goldenGraph(version as "1" | "2"), entries)).toMatchObject({
    equal: true,
    entries: entries.length,
    status: end,
  });
});

/** Answers what is asked, and sends the signal that is waited for, also while the run stays for a time to come. */
async function toItsEnd(brain: Brain, id: string, signal = "went"): Promise<RunResult> {
  const settle = async (wait: string, what: string): Promise<void> => {
    // Of a fork, the runner asks whether to pay again.
    const own = wait.includes(":");
    if (what === "answer") await brain.answer(id, wait, own ? "yes" : "b", "treasurer");
    if (what === "signal") await brain.signal(id, "go", signal);
  };
  const off = brain.on((event) => {
    if (event.type === "entry" && event.entry.type === "waiting" && "until" in event.entry)
      void settle(event.entry.wait, event.entry.for);
  });
  for (;;) {
    const result = await brain.resume(id);
    if (result.status !== "waiting") {
      off();
      return result;
    }
    for (const wait of result.waits) await settle(wait.id, wait.for);
  }
}

test("the kept journals tell of everything that a journal can tell of", async () => {
  const store = memoryStore();
  const says = (name: string) => scriptedModel([() => ({ text: `said ${name}` })], { name });
  const models = { model: says("one"), models: [says("two")] };
  const made: Record<string, string> = {};
  await withBrain({ store, ...models, graphs: [goldenGraph("1")] }, async (brain) => {
    const limits = { timeoutMs: 3_600_000, budget: { tokens: 10_000 } };
    const begin = (id: string): Promise<string> =>
      brain.submit("golden", {}, { id, priority: 1, key: "kept", ...limits });
    for (const id of ["golden", "failed", "aborted"]) await begin(id);
    expect(stateOf(await toItsEnd(brain, "golden"))).toMatchObject({ rounds: 2 });
    expect(await toItsEnd(brain, "failed", "fail")).toMatchObject({ status: "failed" });
    expect(await brain.resume("aborted")).toMatchObject({ status: "waiting" });
    await brain.abort("aborted", "no longer wanted");
    await brain.fork("golden", { id: "fork", model: "scripted-two" });
    for (const id of ["golden", "failed", "aborted"]) made[id] = await brain.export(id);
  });
  await withBrain({ store, ...models, graphs: [goldenGraph("2")] }, async (brain) => {
    expect(stateOf(await toItsEnd(brain, "fork"))).toMatchObject({ log: expect.arrayContaining(["said two"]) as [] });
    made["fork"] = await brain.export("fork");
  });
  if (added !== undefined)
    for (const [id, journal] of Object.entries(made)) writeFileSync(join(folder, `${added}-${id}.jsonl`), journal);

  const told = new Set(kept.flatMap((file) => read(file).flatMap(membersOf)));
  expect(listed).toBe(true);
  const missing = Object.entries(members).flatMap(([type, one]) =>
    one
      .split(" ")
      .map((member) => `${type}: ${member}`)
      .filter((member) => !told.has(member)),
  );
  expect(missing, "what no kept journal tells of").toEqual([]);
  const now = Object.values(made).flatMap((journal) => importJournal(journal).flatMap(membersOf));
  expect([...new Set(now)].filter((member) => !told.has(member))).toEqual([]);
});
