import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, type Comparison, type RunResult } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../test-support/in-process.ts";
import { modelServer, type ModelServer } from "../test-support/model-server.ts";
import { letter } from "./fork.fixture.ts";

let folder: string;
let server: ModelServer;
const plugin = join(import.meta.dirname, "fork.fixture.ts");
const question = "choose#0/0";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-fork-"));
  server = await modelServer(({ messages }) => ({
    content: `local: ${messages.map(({ content }) => String(content)).join(" / ")}`,
  }));
  // An own program begins a run, which nobody but its model has heard of.
  const model = scriptedModel([
    (request) => ({ text: `scripted: ${request.system} / ${String(request.messages[0]?.content)}` }),
  ]);
  const brain = await createBrain({
    store: sqlite({ file: join(folder, "memory.db"), notice: () => {} }),
    model,
    graphs: [letter],
  });
  await brain.run(letter, { to: "Ada" }, { id: "first" });
  await brain.answer("first", question, "red");
  await brain.resume("first", letter);
  await brain.close();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command on the home, with a local model in its environment, and gives its JSON. */
async function call(...args: readonly string[]): Promise<{ code: number; json: unknown }> {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const { code, stdout } = await say([...args, "--home", folder, "--json"], { cwd: folder, env });
  return { code, json: JSON.parse(stdout) };
}

test.each([
  [
    "answer",
    ["--question", question, "--answer", "blue"],
    { colour: "blue", text: "local: Be terse. / A blue letter to Ada" },
  ],
  ["model", ["--model", "local"], { colour: "red", text: "local: Be terse. / A red letter to Ada" }],
  [
    "prompt",
    ["--replace", "terse", "--with", "kind", "--node", "write"],
    { colour: "red", text: "local: Be kind. / A red letter to Ada" },
  ],
  [
    "input",
    ["--input", `{"to":"Eve"}`],
    { to: "Eve", colour: "blue", text: "local: Be terse. / A blue letter to Eve" },
  ],
])("a run is forked with another %s, resumed and compared", async (what, options, state) => {
  const id = `other-${what}`;
  expect(await call("fork", "first", "--id", id, ...options)).toMatchObject({
    code: 0,
    json: { run: "first", fork: id },
  });
  let { code, json } = await call("resume", id, "--plugin", plugin);
  if (code === 3) {
    await call("answer", id, question, "blue");
    ({ code, json } = await call("resume", id, "--plugin", plugin));
  }
  expect(code).toBe(0);
  expect((json as RunResult & { state: object }).state).toMatchObject(state);
  const compared = (await call("compare", "first", id)).json as Comparison;
  expect(compared.runs.map(({ run, status }) => [run, status])).toEqual([
    ["first", "completed"],
    [id, "completed"],
  ]);
  expect(compared.differing).toContain("text");
  const { stdout } = await say(["compare", "first", id, "--home", folder], { cwd: folder });
  const rows = ["result", "cost", "tokens", "model calls", "effects", "time"].map((row) => `${row} +\\S.*  \\S.*\\n`);
  expect(stdout).toMatch(
    new RegExp(`^ +first +${id}\\n${rows.join("")}They part at entry \\d+.\\nTheir results differ:\\n`),
  );
  expect(stdout).toMatch(new RegExp(`at text\\n  first +"scripted: .*\\n  ${id} +"local: .*\\n`));
  expect(await call("replay", id, "--plugin", plugin)).toMatchObject({ code: 0, json: { equal: true } });
});

test.each([
  ["half of a pair", ["--replace", "x"], /--replace and --with go together/],
  ["an unknown model", ["--model", "nobody"], /no model 'nobody'/],
  ["an input that is none", ["--input", "x"], /--input must be an object as JSON/],
  ["an answer that is none of the options", ["--question", question, "--answer", "green"], /red, blue/],
  ["an unknown node", ["--model", "local", "--node", "nobody"], /'nobody'/],
])("%s is refused, and nothing is made", async (_name, options, message) => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const { code, stderr } = await say(["fork", "first", "--home", folder, "--id", "none", ...options], {
    cwd: folder,
    env,
  });
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(JSON.stringify((await call("runs")).json)).not.toContain(`"none"`);
});
