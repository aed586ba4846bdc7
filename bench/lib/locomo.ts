import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { MemoryRecord } from "@brainops/core";
import { benchRecord } from "./bench-record.ts";
import type { LabelledSet, Question } from "./retrieval.ts";

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}

interface Sample {
  readonly sample_id?: string;
  readonly conversation: { readonly [key: string]: unknown };
  readonly qa: readonly {
    readonly question: string;
    readonly evidence?: readonly string[];
    readonly category?: number;
  }[];
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
  return files.flatMap((file) => {
    const parsed = JSON.parse(readFileSync(file, "utf8")) as Sample | readonly Sample[];
    const samples = Array.isArray(parsed) ? (parsed as readonly Sample[]) : [parsed as Sample];
    return samples.map((sample, index) => toSet(sample, index, options.captions));
  });
}

function toSet(sample: Sample, index: number, captions: boolean): LabelledSet {
  const scope = `locomo/${sample.sample_id ?? `conversation-${index + 1}`}`;
  const records: MemoryRecord[] = [];
  for (const [key, turns] of Object.entries(sample.conversation)) {
    if (!/^session_\d+$/.test(key) || !Array.isArray(turns)) continue;
    const createdAt = timeOf(sample.conversation[`${key}_date_time`]);
    for (const [place, turn] of (turns as readonly Turn[]).entries())
      records.push(
        benchRecord(`${index}-${turn.dia_id}`, {
          scope,
          text: captions && turn.blip_caption ? `${turn.text} [image: ${turn.blip_caption}]` : turn.text,
          thread: key,
          sequence: place,
          actor: turn.speaker,
          createdAt,
        }),
      );
  }
  const known = new Set(records.map(({ id }) => id));
  const questions = sample.qa.flatMap(({ question, evidence, category }): Question[] => {
    // Blemishes of the data: several ids in one string, and ids that do not exist. What does not resolve is dropped.
    const ids = (evidence ?? []).flatMap((text) => text.match(/D\d+:\d+/g) ?? []).map(canonical);
    const relevant = [...new Set(ids.map((id) => `${index}-${id}`))].filter((id) => known.has(id));
    if (relevant.length === 0) return [];
    return [{ text: question, scope, relevant, group: categories[category ?? 0] ?? "other" }];
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
  if (match === null) return 0;
  const [, hour = "0", minute = "0", half, day = ""] = match;
  const date = Date.parse(`${day} UTC`);
  return Number.isNaN(date)
    ? 0
    : date + (((Number(hour) % 12) + (half === "pm" ? 12 : 0)) * 60 + Number(minute)) * 60_000;
}
