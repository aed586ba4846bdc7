import type { Entry } from "@brainops/core";
import type { Style } from "../cli/output.ts";
import { describe } from "./describe.ts";
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
    case "waiting":
      return { mark: "?", who, text: waiting(entry), style: "yellow" };
    case "woken":
      return { mark: "·", who, text: woken(entry) };
    case "node-completed":
      return completed(entry, who);
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

function completed(entry: Extract<Entry, { type: "node-completed" }>, who: string): Line | undefined {
  const said = describe(entry.body?.update);
  // A node that took no time and has nothing to say would only hide the others.
  if (said === "" && entry.ms < 20) return undefined;
  return { mark: "✓", who, text: said === "" ? seconds(entry.ms) : `${said} (${seconds(entry.ms)})`, style: "green" };
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
    // Looking up one known thing is no remembering that a person would call so.
    if ((entry.body?.input as { readonly text?: string } | undefined)?.text === "") return undefined;
    const hits = (Array.isArray(result) ? result : []) as readonly { readonly record: { readonly kind: string } }[];
    const kinds = new Map<string, number>();
    for (const { record } of hits) kinds.set(record.kind, (kinds.get(record.kind) ?? 0) + 1);
    const found = [...kinds].map(([kind, count]) => plural(count, kind)).join(", ");
    return found === "" ? undefined : { mark: "·", who, text: `remembers ${found}`, style: "magenta" };
  }
  if (entry.name.startsWith("action.")) {
    return { mark: "·", who, text: `applies ${entry.name.slice("action.".length)} (${seconds(entry.ms)})` };
  }
  return undefined;
}

function waiting({ body, for: what, wait, until }: Extract<Entry, { type: "waiting" }>): string {
  if (what === "answer") return `${body?.text ?? "(erased)"} (question ${wait})`;
  if (what === "signal") return `waits for the signal '${body?.signal ?? "(erased)"}'`;
  return `sleeps until ${until === undefined ? "it is woken" : new Date(until).toISOString()}`;
}

function woken({ body, for: what, expired }: Extract<Entry, { type: "woken" }>): string {
  if (what === "time") return "wakes up";
  return expired ? "nothing came in time" : `answered: ${JSON.stringify(body?.value ?? null)}`;
}
