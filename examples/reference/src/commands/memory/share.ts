import { share, shares, unshare, type Share } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";
import { kindsOf, kindsOption } from "./words.ts";

const byOptions = {
  by: { value: "NAME", help: "who says so", required: true },
  reason: { value: "TEXT", help: "why, in words", required: true },
} as const;

/** Lets another scope read this one. */
export const shareCommand: Command = memoryCommand({
  name: "memory share",
  summary: "let the scope TO read what is in --scope; it holds until it is taken back",
  words: ["TO"],
  options: { kinds: kindsOption, ...byOptions },
  async run({ options, output, brain, scope }) {
    const [by, reason] = [options.required("by"), options.required("reason")];
    const made = await share(brain.store, { from: scope, to: options.word(0), ...kindsOf(options), by, reason });
    output.result(made, () => [`Shared as ${made.id}. 'npx brainops memory unshare' takes it back.`]);
    return exitOk;
  },
});

/** Lists what is shared. */
export const sharesCommand: Command = memoryCommand({
  name: "memory shares",
  summary: "list which scopes may read what is in --scope, and what it may read itself",
  async run({ output, brain, scope }) {
    const [given, taken] = await Promise.all([
      shares(brain.store, { from: scope }),
      shares(brain.store, { to: scope }),
    ]);
    output.result({ given, taken }, () =>
      given.length + taken.length === 0 ? ["Nothing is shared."] : [...given, ...taken].map(line),
    );
    return exitOk;
  },
});

/** Takes a share back. */
export const unshareCommand: Command = memoryCommand({
  name: "memory unshare",
  summary: "take a share back: from now on nothing is found through it",
  words: ["SHARE"],
  options: byOptions,
  async run({ options, output, brain }) {
    const id = options.word(0);
    await unshare(brain.store, id, { by: options.required("by"), reason: options.required("reason") });
    output.result({ unshared: id }, () => ["Taken back."]);
    return exitOk;
  },
});

function line({ id, from, to, kinds, by, reason }: Share): string {
  return `${id}  ${to} may read ${kinds === undefined ? "all" : kinds.join(", ")} of ${from}, says ${by}: ${reason}`;
}
