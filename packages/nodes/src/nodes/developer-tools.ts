import {
  isBrainOpsError,
  type Json,
  type JsonObject,
  type NodeContext,
  type ToolCallPart,
  type ToolResultPart,
  type ToolSpec,
} from "@brainops/core";
import { z } from "zod";
import { commitTree } from "../git/commit.ts";
import { applyEdit, applyPatch, type Edited } from "../git/edits.ts";
import { listFiles, readLines, searchText } from "../git/tree.ts";
import { gitLine } from "../git/git.ts";
import { jsonSchema } from "../json-schema.ts";
import { clip } from "../text.ts";

/** Where the developer stands: the newest commit, and the tree with what is not committed yet. */
export interface Desk {
  readonly branch: string;
  head: string;
  headTree: string;
  tree: string;
}

interface Tool<Args> {
  readonly description: string;
  readonly args: z.ZodType<Args>;
  run(args: Args, use: { readonly ctx: NodeContext; readonly dir: string; readonly desk: Desk }): Promise<Json>;
}

function tool<Args>(definition: Tool<Args>): Tool<unknown> {
  return definition;
}

const tools: { readonly [name: string]: Tool<unknown> } = {
  read_file: tool({
    description: "Reads a text file of the repository, with your edits. Lines count from 1.",
    args: z.object({ path: z.string(), from: z.number().optional(), to: z.number().optional() }),
    run: ({ path, from, to }, { ctx, dir, desk: { tree } }) =>
      ctx.effect({
        name: "repo.read",
        class: "pure",
        input: { tree, path, from, to },
        run: async () => ({ ...(await readLines(dir, tree, path, { from, to })) }),
      }),
  }),
  list_files: tool({
    description: "Lists the files of the repository, or those under a folder.",
    args: z.object({ under: z.string().optional() }),
    run: ({ under }, { ctx, dir, desk: { tree } }) =>
      ctx.effect({
        name: "repo.list",
        class: "pure",
        input: { tree, under },
        run: async () => ({ ...(await listFiles(dir, tree, under)) }),
      }),
  }),
  search: tool({
    description: "Finds the lines that contain a text (as it is, no pattern; upper and lower case alike).",
    args: z.object({ text: z.string() }),
    run: ({ text }, { ctx, dir, desk: { tree } }) =>
      ctx.effect({
        name: "repo.search",
        class: "pure",
        input: { tree, text },
        run: async () => {
          const { matches, total } = await searchText(dir, tree, text);
          return { matches: matches.map((match) => ({ ...match })), total };
        },
      }),
  }),
  edit_file: tool({
    description: "Replaces a text that stands exactly once in a file. With an empty `search` it makes a new file.",
    args: z.object({ path: z.string(), search: z.string(), replace: z.string() }),
    run: async (edit, { ctx, dir, desk }) =>
      take(desk, await propose(ctx, desk, { edit }, (tree) => applyEdit(dir, tree, edit))),
  }),
  apply_patch: tool({
    description:
      "Applies a unified diff with git apply. Paths are relative to the top of the repository, with a/ and b/.",
    args: z.object({ patch: z.string() }),
    run: async ({ patch }, { ctx, dir, desk }) =>
      take(desk, await propose(ctx, desk, { patch }, (tree) => applyPatch(dir, tree, patch))),
  }),
  commit: tool({
    description: "Commits your edits. The message's first line says what changed; then an empty line, and why.",
    args: z.object({ message: z.string() }),
    run: async ({ message }, { ctx, dir, desk }) => ({ commit: await commitDesk(ctx, dir, desk, message) }),
  }),
};

function propose(
  ctx: NodeContext,
  { tree }: Desk,
  what: JsonObject,
  make: (tree: string) => Promise<Edited>,
): Promise<Edited> {
  return ctx.effect({
    name: "git.apply",
    class: "idempotent",
    input: { tree, ...what },
    run: async () => {
      const edited = await make(tree);
      const { tree: next, files, repaired } = edited;
      return { tree: next, files: [...files], ...(repaired === undefined ? {} : { repaired }) };
    },
  });
}

function take(desk: Desk, edited: Edited): Json {
  desk.tree = edited.tree;
  if (edited.repaired === undefined) return { changed: edited.files };
  return { changed: edited.files, repaired: `It did not apply as given; ${edited.repaired}, and was applied so.` };
}

/** Commits what is on the desk; `null` when there is nothing. */
export async function commitDesk(ctx: NodeContext, dir: string, desk: Desk, message: string): Promise<string | null> {
  if (desk.tree === desk.headTree) return null;
  const request = {
    branch: desk.branch,
    parent: desk.head,
    tree: desk.tree,
    message: clip(message, 4_000),
    at: ctx.now(),
  };
  desk.head = await ctx.effect({
    name: "git.commit",
    class: "idempotent",
    input: request,
    run: () => commitTree(dir, request),
  });
  desk.headTree = desk.tree;
  return desk.head;
}

/** The desk at a commit. */
export async function openDesk(
  ctx: NodeContext,
  dir: string,
  at: { readonly branch: string; readonly head: string },
): Promise<Desk> {
  const tree = await ctx.effect({
    name: "git.tree",
    class: "pure",
    input: { commit: at.head },
    run: () => gitLine(dir, ["rev-parse", `${at.head}^{tree}`]),
  });
  return { branch: at.branch, head: at.head, headTree: tree, tree };
}

/** The tools as a model is told of them. */
export const toolSpecs: readonly ToolSpec[] = Object.entries(tools).map(([name, { description, args }]) => ({
  name,
  description,
  parameters: jsonSchema(args),
}));

/** Errors that the model can mend; all others end the node. */
const mendable = ["invalid_input", "not_found", "unsupported", "command_failed"] as const;

/** Does what the model asks for. What does not work is told to it, so that it can do better. */
export async function useTool(
  call: ToolCallPart,
  use: { readonly ctx: NodeContext; readonly dir: string; readonly desk: Desk },
): Promise<ToolResultPart> {
  const answer = (result: Json, failed: boolean): ToolResultPart => ({
    type: "tool-result",
    id: call.id,
    name: call.name,
    result,
    ...(failed ? { failed } : {}),
  });
  const found = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined;
  if (found === undefined)
    return answer(
      { error: `There is no tool ${clip(call.name, 100)}. There are: ${Object.keys(tools).join(", ")}.` },
      true,
    );
  const args = found.args.safeParse(call.args);
  if (!args.success)
    return answer({ error: `The arguments do not fit: ${clip(z.prettifyError(args.error), 500)}` }, true);
  try {
    return answer(await found.run(args.data, use), false);
  } catch (error) {
    if (!mendable.some((code) => isBrainOpsError(error, code))) throw error;
    return answer({ error: error instanceof Error ? clip(error.message, 2_000) : "It failed." }, true);
  }
}
