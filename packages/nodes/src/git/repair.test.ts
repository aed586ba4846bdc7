import { expect, test } from "vitest";
import { hunksOf, repairEdit } from "./repair.ts";

const text = "function a() {\n    return 1;\n}\n\nfunction b() {\n    return 2;\n}\n";

test.each([
  ["spaces at the end", "    return 1;  \n}", "    return 3;\n}", "    return 3;\n}"],
  ["another depth", "return 1;", "const c = 3;\nreturn c;", "    const c = 3;\n    return c;"],
  [
    "another depth in more lines",
    "function a() {\n  return 1;\n}",
    "function a() {\n    return 3;\n}",
    "    return 3;",
  ],
  ["spaces within", "return   1 ;".replace(" ;", ";"), "return 3;", "    return 3;"],
  ["line numbers", "1\tfunction a() {\n2\t    return 1;", "1\tfunction a() {\n2\t    return 3;", "    return 3;"],
])("finds what is meant: %s", (_name, search, replace, expected) => {
  const repaired = repairEdit(text, search, replace);
  expect(repaired?.text).toContain(expected);
  expect(repaired?.text).toContain("return 2;");
  expect(repaired?.text).not.toContain("return 1;");
  expect(repaired?.how).not.toBe("");
});

test("keeps the line ends of the file", () => {
  expect(repairEdit("a\r\nb\r\nc\r\n", "a\nb", "a\nx")?.text).toBe("a\r\nx\r\nc\r\n");
});

test("leaves what is not clear: two places, none, nothing", () => {
  expect(repairEdit(text, "}", "};")).toBeUndefined();
  expect(repairEdit(text, "return 7;", "return 8;")).toBeUndefined();
  expect(repairEdit(text, " \n", "x")).toBeUndefined();
});

test("reads hunks with wrong counts, and no more than changes of texts", () => {
  const patch = "--- a/x.js\n+++ b/x.js\n@@ -1,99 +1,99 @@\n function a() {\n-    return 1;\n+    return 3;\n }\n";
  expect(hunksOf(patch)).toEqual([
    { path: "x.js", search: "function a() {\n    return 1;\n}\n", replace: "function a() {\n    return 3;\n}\n" },
  ]);
  expect(hunksOf("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n")).toBeUndefined();
  expect(hunksOf("nonsense")).toBeUndefined();
});
