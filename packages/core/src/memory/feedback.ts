import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import { trustLevels, type Link, type RecordKind, type Trust } from "../contracts/record.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { commitSurely } from "../run/commit.ts";
import { checkScope } from "../sealing/check.ts";
import { createRecord } from "./create-record.ts";
import { requireRecord } from "./require-record.ts";
import { runMemory } from "./run-memory.ts";
import { scan } from "./scan.ts";
import { countWrites, linkReason, verdictTag } from "./verdict.ts";

/** A verdict, and on what. */
export interface Feedback {
  /** A run by its id, or a record: a decision, learning, solution, insight or experience. */
  readonly on:
    | {
        /** Id of the run: what it recalled and made is judged with it. */
        readonly run: string;
      }
    | {
        /** Id of the record. */
        readonly record: string;
      };
  /** Whether it went well. */
  readonly verdict: "good" | "bad";
  /** Who judges: a person's or a test's name. */
  readonly by: string;
  /** What kind of judge it is, and so how much the verdict weighs. */
  readonly trust: Trust;
  /** Why, in words. */
  readonly reason?: string;
}

/** A verdict that was remembered. */
export interface FeedbackGiven {
  /** Id of the experience that holds it; erasing that with `forget` takes the verdict back. */
  readonly id: string;
  /** Ids of the records whose standing it changed. */
  readonly about: readonly string[];
}

const name = z.string().min(1).max(200);
const schema = z.strictObject({
  on: z.union([z.strictObject({ run: name }), z.strictObject({ record: name })]),
  verdict: z.enum(["good", "bad"]),
  by: name,
  trust: z.enum(trustLevels),
  reason: z.string().min(1).max(10_000).optional(),
});

/** What a run concluded, which a verdict on it is also about. */
const conclusions: readonly RecordKind[] = ["decision", "learning", "solution", "insight"];

/**
 * Remembers a verdict on a run or a record, and lets it count: as an experience with an arrow `about` to each record that
 * it touches, in one commit with their counters. A person's verdict counts as eight tries, a test's as four, a model's as two,
 * that of outside text as none. A verdict on a run counts a quarter for every record that the run recalled and for every
 * decision, learning, solution and insight that it made. Counters only add up, so verdicts given at once all count.
 *
 * Errors: `not_found` for a run or record that is not within the scope, `invalid_input` for anything that does not fit, such
 * as a verdict on an error (what is judged is the solution). Nothing is written then.
 *
 * @example
 * ```ts
 * import { feedback } from "@brainops/core/memory";
 * import type { Store } from "@brainops/core";
 * declare const store: Store;
 * await feedback(store, "acme", { on: { run: "deploy-7" }, verdict: "good", by: "Ann", trust: "person" });
 * ```
 */
export async function feedback(
  store: Store,
  scope: string,
  given: Feedback,
  {
    clock = Date,
  }: {
    /** Where "now" comes from. Default: the system's clock. */
    readonly clock?: Pick<Clock, "now">;
  } = {},
): Promise<FeedbackGiven> {
  checkScope(scope);
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new BrainOpsError("invalid_input", `This is no feedback: ${z.prettifyError(parsed.error)}`);
  const { on, verdict, by, trust, reason } = given;
  const target = "run" in on ? await runTargets(store, scope, on.run) : await recordTarget(store, scope, on.record);
  const now = clock.now();
  const id = uuid7(now);
  const what = `Judged ${verdict} by ${by}: ${target.what}`;
  const record = createRecord(
    {
      kind: "experience",
      text: reason === undefined ? what : `${what}\n${reason}`,
      data: { verdict, on: { ...on }, by },
      tags: [verdictTag],
      actor: by,
      trust,
      subjects: trust === "person" ? withJudge(target.subjects, by) : target.subjects,
    },
    { id, scope: target.scope, createdAt: now, provenance: {} },
  );
  const links = target.about.map((about): Link => ({ from: id, type: "about", ...about }));
  await commitSurely(store, id, [
    { type: "record", record },
    ...links.map((link): Write => ({ type: "link", link })),
    ...countWrites(record, links, 1),
  ]);
  return { id, about: links.map(({ to }) => to) };
}

const mostSubjects = 50;

/** A person's verdict is about that person too: who is erased judges no more. */
function withJudge(subjects: readonly string[], by: string): readonly string[] {
  return subjects.includes(by) ? subjects : [...subjects.slice(0, mostSubjects - 1), by];
}

/** What is judged, as far as it is remembered with the verdict. */
interface Target {
  readonly scope: string;
  readonly what: string;
  readonly about: readonly Pick<Link, "to" | "reason">[];
  /** Persons that the verdict's own text is about. */
  readonly subjects: readonly string[];
}

async function recordTarget(store: Store, scope: string, id: string): Promise<Target> {
  const { record } = await requireRecord(store, scope, id);
  if (record.kind === "error" || record.tags.includes(verdictTag))
    throw new BrainOpsError(
      "invalid_input",
      `A verdict on ${record.kind === "error" ? "an error" : "a verdict"} means nothing. Judge the run, or a decision, learning, solution, insight or experience.`,
      { details: { id, kind: record.kind } },
    );
  return {
    scope: record.scope,
    what: record.text.slice(0, 300),
    about: [{ to: id, reason: linkReason.judged }],
    subjects: record.subjects,
  };
}

async function runTargets(store: Store, scope: string, run: string): Promise<Target> {
  const memory = await runMemory(store, run);
  if (!isWithin(memory.scope, scope))
    throw new BrainOpsError("not_found", `There is no run '${run}' within '${scope}'.`, { details: { run, scope } });
  const judgeable = ({ record }: StoredRecord): boolean => record.kind !== "error" && !record.tags.includes(verdictTag);
  const used = (await store.records(memory.used)).filter(judgeable).map(({ record }) => record.id);
  const made: string[] = [];
  // Run and store may have different clocks; a record's run says the rest.
  const slack = 60_000;
  const span = { since: Math.max(0, memory.startedAt - slack), until: memory.lastAt + slack };
  for await (const page of scan(store, { scope: memory.scope, kinds: conclusions, ...span }))
    for (const { record } of page) if (record.provenance.run === run && !used.includes(record.id)) made.push(record.id);
  return {
    scope: memory.scope,
    what: `the run '${run}' of '${memory.graph}'`,
    about: [
      ...used.map((to) => ({ to, reason: linkReason.used })),
      ...made.map((to) => ({ to, reason: linkReason.made })),
    ],
    subjects: [],
  };
}
