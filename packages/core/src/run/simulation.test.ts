import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../index.ts";
import { canonicalJournal, type CommitFate } from "../testing/index.ts";
import { calm, lettersOf, runToEnd, type Plan } from "./simulated-run.fixture.ts";
import { racingNodes, type Behaviour, type Part, type WaitKind } from "./simulation-graph.fixture.ts";

const waitKind = fc.constantFrom<WaitKind>("own", "shared", "asked", "raced", "dropped", "late");
const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  effects: fc.array(fc.constantFrom("pure", "idempotent", "compensatable"), { maxLength: 3 }),
  beside: fc.boolean(),
  waits: fc.oneof(
    { weight: 2, arbitrary: fc.constant<WaitKind[]>([]) },
    { weight: 1, arbitrary: fc.array(waitKind, { minLength: 1, maxLength: 3 }) },
  ),
  remembers: fc.boolean(),
  fails: fc.constantFrom(0, 0, 0, 1),
  sleeps: fc.constantFrom(0, 0, 0, 1, 86_400_000),
  timeoutMs: fc.constantFrom(undefined, undefined, undefined, undefined, 4),
  notes: fc.constantFrom(0, 0, 0, 7000),
});

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("node" as const), does: behaviour }),
  fc.record({ kind: fc.constant("fork" as const), branches: fc.array(behaviour, { minLength: 2, maxLength: 3 }) }),
  fc.record({ kind: fc.constant("map" as const), items: fc.nat(3), does: behaviour }),
  fc.record({ kind: fc.constant("nested" as const), items: fc.nat(2), inner: fc.nat(3), does: behaviour }),
  fc.record({ kind: fc.constant("loop" as const), rounds: fc.integer({ min: 1, max: 3 }), does: behaviour }),
);

const fates: fc.Arbitrary<CommitFate> = fc.constantFrom("ok", "ok", "ok", "ok", "lost", "crash-before", "crash-after");
const plan: fc.Arbitrary<Plan> = fc.record({
  fates: fc.array(fates, { maxLength: 40 }),
  letters: fc.array(fc.record({ after: fc.nat(30), by: fc.constantFrom("owner", "another") }), { maxLength: 12 }),
  hurry: fc.array(fc.boolean(), { maxLength: 60 }),
  late: fc.nat(3),
});

/** Without how nodes came to their ends for which that depends on when something comes. */
function comparable(journal: readonly Entry[], racing: ReadonlySet<string>): readonly string[] {
  const plain = journal.flatMap((entry): Entry[] => {
    // Which letter it was is up to when each came.
    if (entry.type === "woken") return racing.has(entry.node) ? [] : [{ ...entry, body: { value: entry.body.value } }];
    if (!("node" in entry) || !racing.has(entry.node)) return [entry];
    if (entry.type === "waiting" || entry.type === "node-failed") return [];
    return [{ ...entry, attempt: 1 }];
  });
  return canonicalJournal(plain);
}

/** What came after the try that waited for it was over: nobody sees it, and nobody else gets it. */
function cameTooLate(journal: readonly Entry[]): readonly Entry[] {
  const over = new Set<string>();
  return journal.filter((entry) => {
    if (!("node" in entry)) return false;
    const place = `${entry.path}/${entry.node}#${entry.visit}~${entry.attempt}`;
    if (entry.type === "node-failed" || entry.type === "node-completed") over.add(place);
    return entry.type === "woken" && over.has(place);
  });
}

test("wherever it crashes, whatever comes when and however branches are timed, a run ends in the same state, journal and memory", async ({
  task,
}) => {
  task.meta.parts = "nothing parts; it replays every journal by itself";
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), plan, async (parts, given) => {
      const racing = racingNodes(parts);
      const whole = await runToEnd(parts, calm, []);
      const broken = await runToEnd(parts, given, lettersOf(whole.journal));
      expect(broken.result).toEqual(whole.result);
      expect(broken.memories).toEqual(whole.memories);
      expect(comparable(broken.journal, racing)).toEqual(comparable(whole.journal, racing));
      expect([whole.parted, broken.parted]).toEqual([undefined, undefined]);
      // What was left is taken once, by whoever waits for it.
      const taken = broken.journal.flatMap((entry) => (entry.type === "woken" ? (entry.inbox ?? []) : []));
      expect(taken.length).toBe(new Set(taken).size);
      expect([...cameTooLate(whole.journal), ...cameTooLate(broken.journal)]).toEqual([]);
      // What was journaled as done was done, and never again once it was known to be so.
      expect(broken.outside.repeated).toEqual([]);
      for (const [key, times] of broken.outside.times) {
        expect(times, key).toBeGreaterThanOrEqual(1);
        // In doubt, it was undone first.
        if (key.endsWith("compensatable")) expect(times, key).toBe(1);
      }
      expect([...broken.outside.times.keys()].toSorted()).toEqual([...whole.outside.times.keys()].toSorted());
    }),
    { numRuns: Number(process.env["BRAINOPS_SEEDS"] ?? 150) },
  );
});
