import { BrainOpsError, type ForkRunOptions, type Json, type JsonObject } from "@brainops/core";
import { modelsFromEnvironment } from "@brainops/providers";
import { exitOk, type Command } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { homeIn } from "../home.ts";
import { findRun, openBrain } from "../open-brain.ts";

/** Makes a run that begins as another did, and differs from there on. */
export const forkCommand: Command = {
  name: "fork",
  summary: "begin a run as another did, and differ from there on: in input, answer, model or prompt",
  words: ["RUN"],
  options: {
    at: { value: "N", help: "with how many entries of the run it begins; default: those before what it changes" },
    input: { value: "JSON", help: "another input; it then begins anew" },
    question: { value: "QUESTION", help: "a question of the run that is answered differently, with --answer" },
    answer: { value: "ANSWER", help: "the other answer: JSON, or else a text" },
    model: { value: "NAME", help: "another model, such as claude, gpt, gemini or local" },
    replace: { value: "TEXT", help: "a text of the prompt that another stands in place of, with --with" },
    with: { value: "TEXT", help: "the other text" },
    node: { value: "NAME", help: "only in this node is the model or the prompt another" },
    id: { value: "ID", help: "its id; default: a fresh one" },
  },
  details: [
    "The fork has the run's entries up to there, and does anew what comes after; what cannot be taken back it asks about first.",
    "It remembers in a scope of its own. What it does outside, such as on a branch of a repository, is not apart from the run's.",
    "'npx brainops resume FORK' runs it, and 'npx brainops compare RUN FORK' shows both: result, cost, tokens and time.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const given = differences(options);
    if (!home.exists())
      throw new BrainOpsError("not_found", `There is no memory in ${home.folder}. Name its folder with --home.`);
    const brain = await openBrain(home, output, { models: await modelsFromEnvironment({ env: io.env }) });
    try {
      const run = await findRun(brain, options.word(0));
      const fork = await brain.fork(run, given);
      const begins = (await brain.journal(fork)).length;
      output.result({ run, fork, entries: begins }, () => [
        `${fork} begins with ${begins} entries of ${run}. It goes on with: ${home.command(`resume ${fork}`)}`,
        `Then: ${home.command(`compare ${run} ${fork}`)}`,
      ]);
      return exitOk;
    } finally {
      await brain.close();
    }
  },
};

function differences(options: Options): ForkRunOptions {
  const at = options.whole("at");
  const input = options.text("input");
  const [question, answer] = both(options, "question", "answer");
  const [replace, text] = both(options, "replace", "with");
  const [model, node, id] = [options.text("model"), options.text("node"), options.text("id")];
  return {
    ...(at === undefined ? {} : { at }),
    ...(input === undefined ? {} : { input: inputIn(input) }),
    ...(question === undefined ? {} : { answer: { question, value: answerIn(answer) } }),
    ...(model === undefined ? {} : { model }),
    ...(replace === undefined ? {} : { prompt: { replace, with: text } }),
    ...(node === undefined ? {} : { node }),
    ...(id === undefined ? {} : { id }),
  };
}

/** Two options that stand together. */
function both(options: Options, one: string, other: string): readonly [undefined] | readonly [string, string] {
  const [first, second] = [options.text(one), options.text(other)];
  if (first !== undefined && second !== undefined) return [first, second];
  if (first === undefined && second === undefined) return [undefined];
  throw new BrainOpsError("invalid_input", `--${one} and --${other} go together. Give both, or none.`);
}

function inputIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Said below.
  }
  throw new BrainOpsError("invalid_input", `--input must be an object as JSON, such as '{"goal": "…"}'.`);
}

function answerIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
