import type { ModelRequest } from "@brainops/core";
import { quoteData } from "@brainops/core/agent";
import { describe, expect, test } from "vitest";
import { sampleModel } from "./sample-model.ts";

const output = `test at test/sum.test.js:3:1
✖ adds (1ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
      at TestContext.<anonymous> (test/sum.test.js:5:10)
    actual: -1,
    expected: 5,
    operator: 'strictEqual'`;
const testFile = `import assert from "node:assert/strict";
import { test } from "node:test";
import { sum } from "../src/sum.js";
test("adds", () => {
  assert.equal(sum(2, 3), 5);
});
`;
const sumFile = `export function sum(a, b) {\n  return a - b;\n}\n`;

const data = (blocks: { readonly [source: string]: string }): string =>
  Object.entries(blocks)
    .map(([source, text]) => quoteData(source, text))
    .join("\n\n");
const tools = ["read_file", "edit_file", "commit"].map((name) => ({ name, parameters: { type: "object" } }));

type Message = ModelRequest["messages"][number];

function developing(blocks: { readonly [source: string]: string }, more: readonly Message[] = []): ModelRequest {
  return { messages: [{ role: "user", content: data(blocks) }, ...more], tools };
}

function read(files: { readonly [path: string]: string }): readonly Message[] {
  const calls = Object.keys(files).map((path) => ({
    type: "tool-call" as const,
    id: path,
    name: "read_file",
    args: { path },
  }));
  const results = Object.entries(files).map(([path, content]) => ({
    type: "tool-result" as const,
    id: path,
    name: "read_file",
    result: { content },
  }));
  return [
    { role: "assistant", content: calls },
    { role: "tool", content: results },
  ];
}

const whole = { goal: "Make the tests pass", tests: output, memory: "Nothing is remembered about this." };
const callsOf = async (request: ModelRequest): Promise<readonly unknown[]> =>
  (await sampleModel().generate(request)).toolCalls.map(({ name, args }) => [name, args]);

describe("the scripted model", () => {
  test("says that it is one", () => {
    expect(sampleModel().name).toBe("scripted-sample");
  });

  test("reads the failing test first, then what it imports", async () => {
    expect(await callsOf(developing(whole))).toEqual([["read_file", { path: "test/sum.test.js" }]]);
    const next = developing(whole, read({ "test/sum.test.js": testFile }));
    expect(await callsOf(next)).toEqual([["read_file", { path: "src/sum.js" }]]);
  });

  test("derives the edit from the file's text and from what was expected and found", async () => {
    const request = developing(whole, read({ "test/sum.test.js": testFile, "src/sum.js": sumFile }));
    const [edit, commit] = await callsOf(request);
    expect(edit).toEqual(["edit_file", { path: "src/sum.js", search: "  return a - b;", replace: "  return a + b;" }]);
    expect(commit).toMatchObject(["commit", {}]);
  });

  test("takes a remembered repair when the same text stands there again", async () => {
    const memory = JSON.stringify({
      kind: "solution",
      trust: "test",
      text: "In src/sum.js put `return a + b;` for `return a - b;`.",
    });
    expect(await callsOf(developing({ ...whole, memory }))).toEqual([["read_file", { path: "src/sum.js" }]]);
    const request = developing({ ...whole, memory }, read({ "src/sum.js": sumFile }));
    expect((await callsOf(request))[0]).toEqual([
      "edit_file",
      { path: "src/sum.js", search: "return a - b;", replace: "return a + b;" },
    ]);
  });

  test("does without a memory that does not fit any more", async () => {
    const memory = JSON.stringify({
      kind: "solution",
      trust: "test",
      text: "In src/sum.js put `return a + b;` for `return a * b;`.",
    });
    const request = developing({ ...whole, memory }, read({ "src/sum.js": sumFile, "test/sum.test.js": testFile }));
    expect((await callsOf(request))[0]).toMatchObject(["edit_file", { search: "  return a - b;" }]);
  });

  test.each([
    ["the goal", { tests: output }],
    ["the tests", { goal: "g" }],
    ["a failing assertion", { goal: "g", tests: "1 test failed" }],
  ])("fails where %s is missing", async (_what, blocks) => {
    await expect(sampleModel().generate(developing(blocks))).rejects.toMatchObject({ code: "no_model" });
  });

  test("plans from the goal, the files and the failing tests, and fails without", async () => {
    const plan = { name: "plan", schema: { type: "object" } };
    const blocks = { goal: "g", facts: "Files:\nsrc/sum.js\ntest/sum.test.js", tests: output };
    const ask = (given: { readonly [source: string]: string }): ModelRequest => ({
      messages: [{ role: "user", content: data(given) }],
      output: plan,
    });
    const { output: planned } = await sampleModel().generate(ask(blocks));
    expect(planned).toMatchObject({ tasks: [{ files: ["src/sum.js"], title: "Repair what test/sum.test.js shows" }] });
    for (const missing of Object.keys(blocks)) {
      const rest = Object.fromEntries(Object.entries(blocks).filter(([source]) => source !== missing));
      await expect(sampleModel().generate(ask(rest))).rejects.toMatchObject({ code: "no_model" });
    }
  });
});
