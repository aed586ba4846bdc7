import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { say } from "../src/test-support/in-process.ts";

const here = import.meta.dirname;
const seconds = (text: string, name: string): number => Number(new RegExp(`${name}[:=] ?(\\d+)`).exec(text)?.[1]);

test.each(["compose.yaml", "brainops-worker@.service"])("%s starts a worker as there is one", async (name) => {
  const text = await readFile(join(here, name), "utf8");
  const [, program, command = ""] = /(node_modules\/\.bin\/brainops) (worker .*)/.exec(text) ?? [];
  expect(program).toBe("node_modules/.bin/brainops");
  const { bin } = JSON.parse(await readFile(join(here, "../package.json"), "utf8")) as { readonly bin: object };
  expect(Object.keys(bin)).toContain("brainops");
  const help = await say(["worker", "--help"], { cwd: here });
  const options = [...command.matchAll(/--[a-z-]+/g)].map(([option]) => option);
  expect(options).toContain("--plugin");
  for (const option of options) expect(help.stdout).toMatch(new RegExp(`${option}\\b`));
  // It is given time to drain, and then the 15 seconds that closing may take, before it is ended hard.
  const drain = Number(/--drain (\d+)/.exec(command)?.[1]);
  expect(
    Math.max(seconds(text, "stop_grace_period") || 0, seconds(text, "TimeoutStopSec") || 0) * 1000,
  ).toBeGreaterThan(drain + 15_000);
});

test("compose.yaml gives a worker what it needs, and asks for the health that it tells", async () => {
  const text = await readFile(join(here, "compose.yaml"), "utf8");
  for (const name of ["DATABASE_URL", "BRAINOPS_KEY"]) expect(text).toMatch(new RegExp(`^      ${name}: `, "m"));
  const port = /--port (\d+)/.exec(text)?.[1];
  expect(text).toContain(`http://127.0.0.1:${port}/health`);
  // Every named volume is declared, every other is a folder of the machine.
  const [services = "", declared = ""] = text.split(/^volumes:$/m);
  for (const [, volume] of services.matchAll(/^ {6}- ([a-z]\w*):\//gm))
    expect(declared).toMatch(new RegExp(`^  ${volume}:`, "m"));
  expect(text).toMatch(/@postgres:5432\/brainops$/m);
  expect(text).toMatch(/POSTGRES_DB: brainops$/m);
});
