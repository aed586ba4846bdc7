import type { Entry } from "@brainops/core";
import { expect, test } from "vitest";
import { settle, type LedgerLine } from "./ledger.ts";

const done = (position: number, call: number): Entry =>
  ({
    position,
    type: "effect-completed",
    path: "",
    node: "n",
    visit: 0,
    call,
    name: "x",
    class: "idempotent",
  }) as Entry;
const begun: LedgerLine = { type: "begun", effect: "n x" };
const acknowledged: LedgerLine = { type: "acknowledged", effect: "n x", position: 0 };
const started: LedgerLine = { type: "process" };

test("an effect that was in doubt may be begun again", () => {
  const account = settle([started, begun, started, begun, acknowledged], [done(0, 0)]);
  expect(account).toEqual({ begun: 2, inDoubt: 1, problems: [] });
});

test("an effect that was acknowledged may not", () => {
  const { problems } = settle([started, begun, acknowledged, started, begun, acknowledged], [done(0, 0)]);
  expect(problems).toEqual(["'n x' was begun 2 times, but finished or in doubt 1 times"]);
});

test("nor may it be lost", () => {
  const { problems } = settle([started, begun, acknowledged], []);
  expect(problems[0]).toMatch(/entry 0 was acknowledged as 'n x', and is now 'undefined'/);
});

test("nor may the journal have it twice", () => {
  const { problems } = settle([started, begun, begun, acknowledged], [done(0, 0), done(1, 0)]);
  expect(problems).toEqual(["the journal has 'x' at /n#0/0 twice"]);
});
