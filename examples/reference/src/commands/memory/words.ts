import { BrainOpsError, recordKinds, type MemoryRecord, type RecordKind } from "@brainops/core";
import type { Options } from "../../cli/options.ts";
import type { Output } from "../../cli/output.ts";
import { clip } from "../../timeline/words.ts";

/** The option that narrows a command to kinds of records. */
export const kindsOption = { value: "KINDS", help: "only these kinds, such as experience,error; default all" } as const;

/** The kinds that were asked for; `undefined` when it is all of them. */
export function kindsOf(options: Options): { readonly kinds?: readonly RecordKind[] } {
  const given = options.text("kinds");
  if (given === undefined) return {};
  const kinds = given.split(",").map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !(recordKinds as readonly string[]).includes(kind));
  if (unknown !== undefined)
    throw new BrainOpsError("invalid_input", `There is no kind '${unknown}'. Use some of ${recordKinds.join(",")}.`);
  return { kinds: kinds as RecordKind[] };
}

const units: { readonly [unit in string]?: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A length of time such as `90d`, in milliseconds. */
export function lengthOf(options: Options, name: string): number | undefined {
  const given = options.text(name);
  if (given === undefined) return undefined;
  const [, count, unit = ""] = /^(\d+)([a-z])$/.exec(given) ?? [];
  const ms = Number(count) * (units[unit] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw new BrainOpsError(
    "invalid_input",
    `--${name} must be a number and m, h, d or w, such as 90d, but it is '${given}'.`,
  );
}

/** One of some words. */
export function oneOf<Word extends string>(what: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  throw new BrainOpsError("invalid_input", `${what} must be ${words.join(" or ")}, but it is '${given}'.`);
}

/** A record on one line: its kind and the beginning of its text. */
export function line(record: Pick<MemoryRecord, "kind" | "text">, output: Output): string {
  const width = output.live ? Math.max(40, output.columns - 12) : 300;
  return `${output.paint("magenta", record.kind.padEnd(10))}  ${clip(record.text.replaceAll(/\s+/g, " "), width)}`;
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
