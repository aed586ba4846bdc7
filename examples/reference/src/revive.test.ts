import type { Entry } from "@brainops/core";
import type { Service, Workforce } from "@brainops/nodes";
import { expect, test } from "vitest";
import { revive } from "./revive.ts";

const did = (name: string): Entry => ({ type: "effect-completed", name }) as Entry;

/** A service that does not run, and how often it was started. */
function sleeping(pid: number | null = null): { readonly team: Workforce; readonly starts: readonly string[] } {
  const starts: string[] = [];
  const service = {
    pid: async () => pid,
    releases: { current: async () => "abc" },
    start: async (key: string) => starts.push(key),
    waitHealthy: async () => ({ ok: true }),
  } as unknown as Service;
  return { team: { service } as Workforce, starts };
}

test.each([
  ["was released", ["release.take"], 1],
  ["was started", ["service.start"], 1],
  ["was healed", ["service.start", "action.service.restart"], 1],
  ["was stopped", ["service.start", "service.stop"], 0],
  ["was never started", ["release.make"], 0],
])("a service that %s is started again when it should run", async (_what, names, count) => {
  const { team, starts } = sleeping();
  await revive(team, names.map(did), "run");
  expect(starts).toHaveLength(count);
});

test("one that runs is left alone", async () => {
  const { team, starts } = sleeping(42);
  await revive(team, [did("service.start")], "run");
  expect(starts).toEqual([]);
});
