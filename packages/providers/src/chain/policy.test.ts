import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCodes, type ErrorCode } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { chain, failoverTable, type OnError } from "@brainops/providers";
import { ask, failureOf } from "../test-support/play.ts";

const guide = readFileSync(new URL("../../../../docs/guides/models.md", import.meta.url), "utf8");

/** The table of the guide: what is done about each code. */
function documented(): Map<string, string> {
  const [, table = ""] = guide.split("Any cell can be changed with `onError`:");
  const rows = (table.trimStart().split("\n\n")[0] ?? "").split("\n").slice(2);
  return new Map(
    rows.flatMap((row) => {
      const [, codes = "", action = ""] = row.split("|");
      const name = /`(\w+)`/.exec(action)?.[1] ?? "";
      return [...codes.matchAll(/`(\w+)`/g)].map(([, code]): [string, string] => [code ?? "", name]);
    }),
  );
}

test("the table in the guide is the one in the code, to the last cell", () => {
  const { aborted, ...told } = Object.fromEntries(documented());
  expect(told).toEqual(failoverTable);
  // An abort is known by the caller's signal, before any table is looked at.
  expect(aborted).toBe("stop");
});

const actions: readonly OnError[] = ["retry", "next", "leave", "shrink", "stop"];
const cells = (Object.keys(errorCodes) as ErrorCode[])
  .filter((code) => code !== "aborted")
  .flatMap((code) => actions.map((action) => [code, action] as const));

test.each(cells)("every cell can be set: %s to %s", async (code, action) => {
  const first = scriptedModel([{ answer: { fail: { code } } }], { name: "first" });
  const next = scriptedModel([{ answer: "Here." }], { name: "next" });
  const model = chain([first, next], { onError: { [code]: action }, backoffMs: 1 });
  if (action === "stop") expect((await failureOf(model.generate(ask))).code).toBe(code);
  else expect((await model.generate(ask)).text).toBe("Here.");
  expect(first.calls).toHaveLength(action === "retry" ? 2 : 1);
  expect(next.calls).toHaveLength(action === "stop" ? 0 : 1);
});
