import type { Entry } from "@brainops/core";
import type { Style } from "../cli/output.ts";
import { plural, seconds } from "./words.ts";

/** One line of a timeline, before it is laid out. */
export interface Line {
  readonly mark: "·" | "✓" | "✗" | "?" | "▸";
  readonly who: string;
  readonly text: string;
  readonly style?: Style;
}

/** What an entry of a journal says to a person; `undefined` when it is of no interest. */
export function toLine(entry: Entry): Line | undefined {
  const who = "node" in entry ? entry.node : "run";
  switch (entry.type) {
    case "run-started":
      return { mark: "▸", who, text: `${entry.graph} ${entry.version} begins` };
    case "run-taken":
      return { mark: "▸", who, text: `taken over after entry ${entry.position}`, style: "yellow" };
    case "noted":
      return { mark: "·", who, text: entry.body?.text ?? "(erased)" };
    case "effect-completed":
      return effect(entry, who);
    case "effect-failed":
      return { mark: "✗", who, text: `${entry.name}: ${entry.body?.error.message ?? "(erased)"}`, style: "yellow" };
    case "asked":
      return {
        mark: "?",
        who,
        text: `${entry.body?.text ?? "(erased)"} (question ${entry.question})`,
        style: "yellow",
      };
    case "answered":
      return { mark: "·", who, text: `answered: ${JSON.stringify(entry.body?.answer ?? null)}` };
    case "node-completed":
      return { mark: "✓", who, text: seconds(entry.ms), style: "green" };
    case "node-failed":
      return {
        mark: "✗",
        who,
        text: `${entry.body?.error.message ?? "(erased)"}${entry.retried ? " (tries again)" : ""}`,
        style: "red",
      };
    case "run-completed":
      return { mark: "✓", who, text: "completed", style: "green" };
    case "run-failed":
      return { mark: "✗", who, text: entry.body?.error.message ?? "failed", style: "red" };
    case "run-aborted":
      return { mark: "✗", who, text: `stopped: ${entry.body?.reason ?? "(erased)"}`, style: "yellow" };
    default:
      return undefined;
  }
}

function effect(entry: Extract<Entry, { type: "effect-completed" }>, who: string): Line | undefined {
  const result = entry.body?.result;
  if (entry.name === "model.generate") {
    const { model, usage } = (result ?? {}) as {
      model?: { name: string };
      usage?: { inputTokens: number | null; outputTokens: number | null };
    };
    const tokens = `${usage?.inputTokens ?? "?"} tokens in, ${usage?.outputTokens ?? "?"} out`;
    return {
      mark: "·",
      who,
      text: `${model?.name ?? "a model"} answers (${tokens}, ${seconds(entry.ms)})`,
      style: "cyan",
    };
  }
  if (entry.name === "memory.recall") {
    const found = Array.isArray(result) ? result.length : 0;
    return found === 0 ? undefined : { mark: "·", who, text: `remembers ${plural(found, "record")}`, style: "magenta" };
  }
  if (entry.name.startsWith("action.")) {
    return { mark: "·", who, text: `applies ${entry.name.slice("action.".length)} (${seconds(entry.ms)})` };
  }
  return undefined;
}
