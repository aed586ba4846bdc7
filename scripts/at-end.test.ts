import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const program = (more: string): string => `
  const { atEnd } = await import(${JSON.stringify(new URL("at-end.ts", import.meta.url).href)});
  const { writeSync } = await import("node:fs");
  atEnd(() => writeSync(1, "a"));
  atEnd(() => writeSync(1, "b"));
  atEnd(() => writeSync(1, "c"))();
  ${more}
  writeSync(1, "ready ");
  setInterval(() => {}, 1000);`;

/** What a process said, and how it ended, when it got a signal. */
async function ended(signal: NodeJS.Signals, more = ""): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program(more)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = text(child.stdout);
  const exit = once(child, "exit");
  child.stdout.once("data", () => child.kill(signal));
  return [await said, ...((await exit) as unknown[])];
}

test("a signal tidies up, and ends the process as ever", async () => {
  expect(await ended("SIGTERM")).toEqual(["ready ab", null, "SIGTERM"]);
  expect(await ended("SIGINT")).toEqual(["ready ab", null, "SIGINT"]);
});

test("who else listens says when the process ends", async () => {
  const more = `process.on("SIGTERM", () => { writeSync(1, "later "); setTimeout(() => process.exit(3), 5); });`;
  expect(await ended("SIGTERM", more)).toEqual(["ready later ab", 3, null]);
});
