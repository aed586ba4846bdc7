import type { NodeContext } from "@brainops/core";
import { arrows } from "../memory.ts";
import type { Change, Plan, Release } from "../state.ts";
import { clip } from "../text.ts";

/** On what a person said no to. */
export const declinedTag = "declined";

/** What a person is asked about. */
export interface ReleaseToAsk {
  readonly approve: "never" | "risky" | "always";
  /** What would be released. */
  readonly subject: string;
  readonly change: Change | null;
  readonly plan: Plan | null;
  /** What was to be reached; may be empty. */
  readonly goal: string;
}

/** What a person said. */
export interface ReleaseAnswer {
  readonly yes: boolean;
  /** Why not, in the person's words; may be empty. */
  readonly reason: string;
}

/** Whether a release may go on; asks a person where that is wanted, and again when the answer is neither yes nor no. */
export async function askRelease(
  ctx: NodeContext,
  { approve, subject, change, plan }: ReleaseToAsk,
): Promise<ReleaseAnswer> {
  const risky = plan?.tasks.filter(({ risk }) => risk === "high").map(({ title }) => title) ?? [];
  if (approve === "never" || (approve === "risky" && risky.length === 0)) return { yes: true, reason: "" };
  const from = change === null ? "HEAD" : `${change.branch}: ${change.summary}`;
  const why = risky.length === 0 ? "" : ` Of high risk: ${risky.join(", ")}.`;
  const how = 'Answer "release it", or "leave it: " and why: it is remembered.';
  for (let before = ""; ;) {
    const answer = await ctx.ask({
      text: `${before}${clip(`Shall ${subject} be released from ${from}`, 1_500)}${clip(why, 500)} ${how}`,
      data: { branch: change?.branch ?? null, commit: change?.commit ?? null },
    });
    const said = answerOf(answer);
    if (said !== undefined) return said;
    before = `"${clip(typeof answer === "string" ? answer : JSON.stringify(answer), 100)}" is neither yes nor no. `;
  }
}

function answerOf(answer: unknown): ReleaseAnswer | undefined {
  const [, word, reason = ""] =
    /^\s*(release it|yes|leave it|no)\b[\s.,:;!–—-]*(.*?)\s*$/is.exec(typeof answer === "string" ? answer : "") ?? [];
  if (word === undefined) return undefined;
  return { yes: /^(?:release it|yes)$/i.test(word), reason };
}

/** Remembers that a person said no, and why, so that it is found whenever the same is wanted again. Gives the record. */
export function rememberNo(
  ctx: NodeContext,
  { subject, change, plan, goal }: ReleaseToAsk,
  { id, commit }: Pick<Release, "id" | "commit">,
  reason: string,
): string {
  const what = [plan?.summary, change?.summary].filter((text) => text !== undefined);
  return ctx.remember({
    kind: "decision",
    // The reason comes early: a prompt may show the beginning only.
    text: clip(
      `A person said no to the release of ${subject}. The reason: ${reason || "none was given"}. What was offered: ${[...new Set(what)].join("; ") || id}${goal === "" ? "" : `; to reach "${goal}"`}`,
      4_000,
    ),
    data: { release: id, commit, branch: change?.branch ?? null, reason },
    tags: ["deployer", declinedTag],
    trust: "person",
    importance: 0.8,
    links: [
      ...arrows("about", [change?.record], "the change that was to be released"),
      ...arrows("about", [plan?.record], "the plan that it was made for"),
    ],
  });
}
