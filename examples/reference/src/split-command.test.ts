import { expect, test } from "vitest";
import { splitCommand } from "./split-command.ts";

test("words and quotes become arguments", () => {
  expect(splitCommand(`node --test "a file.js" 'b'`)).toEqual(["node", "--test", "a file.js", "b"]);
});

test("what only a shell understands goes to a shell", () => {
  expect(splitCommand("npm ci && npm test")).toEqual(["sh", "-c", "npm ci && npm test"]);
});

test("an open quote and an empty command are refused", () => {
  expect(() => splitCommand(`node "x`)).toThrow("not closed");
  expect(() => splitCommand("  ")).toThrow("empty");
});
