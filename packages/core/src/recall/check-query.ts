import { BrainOpsError } from "../contracts/error.ts";
import { linkTypes, type RecallQuery } from "../contracts/record.ts";
import type { RecordFilter } from "../contracts/store.ts";

/** Throws `invalid_input`, naming the field, when a query is not as its contract says. */
export function checkQuery(query: RecallQuery): void {
  check("text", typeof query?.text === "string", "a text; an empty one asks for the newest");
  for (const field of ["since", "until", "validAt", "asOf"] as const)
    check(field, query[field] === undefined || Number.isFinite(query[field]), "a time in milliseconds since 1970");
  for (const [field, least] of [
    ["limit", 0],
    ["context", 0],
    ["maxTokens", 1],
  ] as const)
    check(field, isWhole(query[field], least), `a whole number from ${least} on`);
  check("superseded", [undefined, "last", "omit"].includes(query.superseded), "'last' or 'omit'");
  check("outcome", [undefined, "good", "bad"].includes(query.outcome), "'good' or 'bad'");
  const { linked } = query;
  if (linked === undefined) return;
  check("linked.to", typeof linked.to === "string" && linked.to !== "", "the id of a record");
  check("linked.depth", isWhole(linked.depth, 1), "a whole number from 1 on");
  check(
    "linked.types",
    (linked.types ?? []).every((type) => linkTypes.includes(type)),
    `of ${linkTypes.join(", ")}`,
  );
}

function isWhole(value: number | undefined, least: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= least);
}

function check(field: string, fits: boolean, expected: string): void {
  if (!fits)
    throw new BrainOpsError("invalid_input", `The ${field} of a recall must be ${expected}.`, { details: { field } });
}

/** What a store is asked for. What was recorded after `asOf` is not known yet. */
export function filterOf(scope: string, query: RecallQuery): RecordFilter {
  const { kinds, tags, fingerprint, thread, since, asOf } = query;
  const until = Math.min(query.until ?? Infinity, asOf === undefined ? Infinity : asOf + 1);
  return {
    scope,
    ...(kinds === undefined ? {} : { kinds }),
    ...(tags === undefined ? {} : { tags }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(thread === undefined ? {} : { thread }),
    ...(since === undefined ? {} : { since }),
    ...(until === Infinity ? {} : { until }),
  };
}
