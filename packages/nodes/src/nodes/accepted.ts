import type { Hit, NodeContext } from "@brainops/core";
import { diffText } from "../git/edits.ts";
import { arrows, remembered } from "../memory.ts";
import type { Change } from "../state.ts";
import { clip } from "../text.ts";

/** Under which what was accepted in a repository is found. */
function tagsOf(repository: string): readonly string[] {
  return ["accepted-change", `repository:${repository}`.slice(0, 200)];
}

/** Remembers a change that was tested and released as a pattern for those to come. */
export async function rememberAccepted(
  ctx: NodeContext,
  { repository, dir }: { readonly repository: string; readonly dir: string },
  change: Change,
): Promise<void> {
  const diff = await ctx.effect({
    name: "git.diff",
    class: "pure",
    input: { base: change.base, head: change.commit },
    run: () => diffText(dir, change.base, change.commit, 4_000),
  });
  const name = await nameOf(ctx, repository);
  ctx.remember({
    kind: "learning",
    text: clip(`Accepted in ${name}: ${change.summary} (${change.files.slice(0, 20).join(", ")})`, 4_000),
    data: { claim: clip(change.summary, 500), diff, files: change.files.slice(0, 50), commit: change.commit },
    tags: tagsOf(name),
    trust: "test",
    importance: 0.6,
    links: arrows("derived-from", [change.record], "the change that was released"),
  });
}

/** What was learnt that is about the same: changes of this repository that were accepted, and the rest. */
export interface Learnt {
  readonly accepted: readonly Hit[];
  readonly others: readonly Hit[];
}

/** Recalls what was learnt, at once: what is found counts as used, and a change that was accepted must count once. */
export async function recallLearnt(ctx: NodeContext, repository: string, about: string): Promise<Learnt> {
  const tags = tagsOf(await nameOf(ctx, repository));
  const hits = await remembered(ctx, about, ["learning"], 8);
  const isAccepted = ({ record }: Hit): boolean => tags.every((tag) => record.tags.includes(tag));
  return {
    accepted: hits.filter(isAccepted).slice(0, 3),
    others: hits.filter((hit) => !isAccepted(hit)).slice(0, 3),
  };
}

/** The name from the journal, so that a replay elsewhere finds the same. */
function nameOf(ctx: NodeContext, repository: string): Promise<string> {
  return ctx.effect({ name: "repo.name", class: "pure", run: () => repository });
}

/** Accepted changes for a prompt. */
export function acceptedForPrompt(hits: readonly Hit[]): string {
  if (hits.length === 0) return "No change was accepted yet.";
  return hits
    .map(
      ({ record: { text, data } }) => `${text}\n${typeof data["diff"] === "string" ? clip(data["diff"], 1_500) : ""}`,
    )
    .join("\n\n");
}
