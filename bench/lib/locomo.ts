import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { MemoryRecord } from "@brainops/core";
import { benchRecord } from "./bench-record.ts";
import type { LabelledSet, Question } from "./retrieval.ts";

/** What is read of a turn. Files differ: anything may be missing. */
interface Turn {
  readonly speaker?: unknown;
  readonly dia_id?: unknown;
  readonly text?: unknown;
  readonly blip_caption?: unknown;
}

interface Sample {
  readonly sample_id?: unknown;
  readonly conversation: { readonly [key: string]: unknown };
  readonly qa?: unknown;
}

interface Asked {
  readonly question?: unknown;
  readonly evidence?: unknown;
  readonly category?: unknown;
}

const categories = ["", "multi-hop", "temporal", "open-domain", "single-hop", "adversarial"];

/**
 * Reads conversations in the format of LoCoMo (A. Maharana and others, "Evaluating very long-term conversational memory",
 * ACL 2024) from a file or from all `.json` files of a folder. Every turn is a record: the session is its thread, the
 * turn its place there, the speaker its actor; what an image shows stands behind the words, as in the paper's own runs.
 */
export function readLocomo(path: string, options: { readonly captions: boolean }): LabelledSet[] {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith(".json"))
        .toSorted()
        .map((name) => join(path, name))
    : [path];
  const sets = files.flatMap((file) =>
    samplesOf(readJson(file)).map((sample, index) => toSet(sample, index, options.captions)),
  );
  if (sets.length > 0) return sets;
  throw new Error(`There is no conversation in ${path}. Expected: JSON in LoCoMo's format, in a file or in a folder.`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is no JSON. Expected: a conversation in LoCoMo's format, or a list of them.`, {
      cause: error,
    });
  }
}

/** What is a conversation; a folder may hold other things. */
function samplesOf(parsed: unknown): Sample[] {
  const isSample = (each: unknown): each is Sample =>
    typeof (each as Partial<Sample> | null)?.conversation === "object" && (each as Sample).conversation !== null;
  return (Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]).filter(isSample);
}

const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function toSet(sample: Sample, index: number, captions: boolean): LabelledSet {
  // Whatever it is called: a scope is a path of names.
  const name = textOf(sample.sample_id).replaceAll(/[^\p{L}\p{N}_-]+/gu, "-");
  const scope = `locomo/${name === "" ? `conversation-${index + 1}` : name}`;
  const records: MemoryRecord[] = [];
  for (const [key, turns] of Object.entries(sample.conversation)) {
    if (!/^session_\d+$/.test(key) || !Array.isArray(turns)) continue;
    const createdAt = timeOf(sample.conversation[`${key}_date_time`]);
    for (const [place, turn] of listOf<Turn>(turns).entries()) {
      const [said, shown, actor] = [textOf(turn.text), textOf(turn.blip_caption), textOf(turn.speaker)];
      const text = captions && shown !== "" ? `${said} [image: ${shown}]`.trim() : said;
      if (text === "") continue;
      const id = canonical(textOf(turn.dia_id) || `D${key.slice("session_".length)}:${place + 1}`);
      records.push(
        benchRecord(`${index}-${id}`, {
          scope,
          text: text.toWellFormed(),
          thread: key,
          sequence: place,
          ...(actor === "" ? {} : { actor }),
          createdAt,
        }),
      );
    }
  }
  const known = new Set(records.map(({ id }) => id));
  const questions = listOf<Asked>(sample.qa).flatMap(({ question, evidence, category }): Question[] => {
    // Blemishes of the data: several ids in one string, and ids that do not exist. What does not resolve is dropped.
    const told = typeof evidence === "string" ? [evidence] : listOf<unknown>(evidence);
    const ids = told.flatMap((text) => textOf(text).match(/D\d+:\d+/g) ?? []).map(canonical);
    const relevant = [...new Set(ids.map((id) => `${index}-${id}`))].filter((id) => known.has(id));
    if (relevant.length === 0 || textOf(question).trim() === "") return [];
    return [{ text: textOf(question), scope, relevant, group: categories[Number(category)] || "other" }];
  });
  return { records, questions };
}

/** `D30:05` is `D30:5`. */
function canonical(id: string): string {
  return id.replace(/D0*(\d+):0*(\d+)/, "D$1:$2");
}

/** `1:56 pm on 8 May, 2023` in milliseconds since 1970. */
function timeOf(text: unknown): number {
  const match = /^(\d+):(\d+) (am|pm) on (.+)$/.exec(String(text));
  if (match === null) return Math.max(0, Math.floor(Date.parse(String(text)) || 0));
  const [, hour = "0", minute = "0", half, day = ""] = match;
  const date = Date.parse(`${day} UTC`);
  return Number.isNaN(date)
    ? 0
    : date + (((Number(hour) % 12) + (half === "pm" ? 12 : 0)) * 60 + Number(minute)) * 60_000;
}
