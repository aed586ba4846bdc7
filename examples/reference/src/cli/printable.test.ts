import { styleText } from "node:util";
import { expect, test } from "vitest";
import { printable, printableJson } from "./printable.ts";

test.each([
  ["a sequence that clears the screen", "a\u001b[2Jb", "a␛[2Jb"],
  ["a title", "\u001b]0;x\u0007", "␛]0;x␇"],
  ["one that hides", "\u001b[8mhidden", "␛[8mhidden"],
  ["a carriage return, which overwrites", "no\ryes", "no␍yes"],
  ["a sequence in one byte", "\u009b31mred", "\\u009b31mred"],
  ["writing turned around", "\u202egnp.exe", "\\u202egnp.exe"],
  ["tabs and lines", "a\tb\nc", "a\tb\nc"],
  ["letters of all kinds", "äß 漢字 🙂 עברית", "äß 漢字 🙂 עברית"],
])("%s is shown, not sent", (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("our own colours are left", () => {
  for (const style of ["bold", "dim", "red", "green", "yellow", "cyan"] as const) {
    const text = styleText(style, "text", { validateStream: false });
    expect(printable(text)).toBe(text);
  }
});

test("JSON means the same", () => {
  const value = { text: "a\u001b[2J\u009b\u202e\r\n" };
  expect(JSON.parse(printableJson(value))).toEqual(value);
  expect(printableJson(value)).toMatch(/^[\x20-\x7e]+$/);
});
