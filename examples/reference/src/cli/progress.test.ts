import { afterEach, expect, test, vi } from "vitest";
import { createOutput } from "./output.ts";
import { showProgress } from "./progress.ts";

afterEach(() => void vi.useRealTimers());

test.each([
  ["on a terminal it is redrawn, and taken away in the end", true, false, "\r\u001b[2Kcopying: 9\r\u001b[2K"],
  ["the same beside JSON", true, true, "\r\u001b[2Kcopying: 9\r\u001b[2K"],
  ["elsewhere it is a line now and then", false, false, "copying: 9\n"],
  ["a program that reads JSON is told nothing", false, true, ""],
])("progress of work that takes long: %s", (_name, isTTY, json, shown) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  let text = "";
  const stderr = { isTTY, write: (more: string) => (text += more) } as unknown as NodeJS.WriteStream;
  const io = { stdout: stderr, stderr, env: {}, cwd: "", signal: new AbortController().signal };
  const progress = showProgress({ io, output: createOutput(io, json) });
  progress.show({ step: "copying", done: 1 });
  vi.advanceTimersByTime(1500);
  progress.show({ step: "copying", done: 9 });
  progress.end();
  expect(text).toBe(shown);
});
