import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, type JsonObject, type ModelRequest } from "@brainops/core";
import { agent, askPerson, handOff, nodeTool, tool, type Agent } from "@brainops/core/agent";
import { memoryStore, scriptedModel, simulate, type ScriptedReply } from "@brainops/core/testing";
import { alone, clerk, input } from "./fixture.ts";

type Clerk = Agent<string, { question: string }, { answer: string }>;

/** An agent that is asked everything at once, and a model that does all that a model may do wrong. What it says depends on what it is asked alone. */
function storm(seed: number): {
  readonly shop: ReturnType<typeof alone>;
  readonly answer: (request: ModelRequest) => ScriptedReply;
} {
  const kinds = ["pure", "idempotent", "compensatable"] as const;
  const tools = kinds.map((kind) =>
    tool({
      name: kind,
      description: "Works, or does not.",
      input: z.object({ n: z.number() }),
      class: kind,
      run({ n }) {
        if (n % 5 === 4) throw new Error(`no ${n}`);
        return "x".repeat((n % 7) * 60);
      },
      undo: () => {},
    }),
  );
  const big = tool({
    name: "big",
    description: "Large.",
    input: z.object({}),
    class: "pure",
    run: () => "y".repeat(9000),
  });
  const helper = agent({ name: "helper", instructions: "Help.", tools, input, limits: { turns: 3 } });
  const bee: Clerk = agent({
    name: "bee",
    instructions: "Hum.",
    input,
    tools: [...tools, handOff(() => first, { name: "to_clerk" })],
  });
  const first: Clerk = clerk({
    tools: [...tools, big, nodeTool(helper), handOff(bee, { name: "to_bee" }), askPerson()],
    limits: { turns: 9, toolCalls: 14, tokens: seed % 4 === 3 ? 3000 : Infinity, repairs: 2 },
    compaction: seed % 3 === 0 ? false : { tokens: 600, how: seed % 3 === 1 ? "drop" : "summarise" },
    retry: { attempts: 2, backoffMs: 1, on: ["overloaded"] },
  });
  return { shop: alone(first), answer: (request) => answerOf(seed, request) };
}

const usage = { inputTokens: 5, outputTokens: 5 };
const argsOf: { readonly [name: string]: (n: number) => JsonObject } = {
  helper: (n) => ({ question: `q${n}` }),
  ask_person: () => ({ question: "Well?" }),
  to_bee: () => ({ reason: "because" }),
  to_clerk: () => ({ reason: "because" }),
};

function answerOf(seed: number, request: ModelRequest): ScriptedReply {
  // A call never stands without its result, nor a result without its call: vendors refuse that.
  const open = new Set<string>();
  for (const { content } of request.messages)
    for (const part of typeof content === "string" ? [] : content) {
      if (part.type === "tool-call") expect(open.has(part.id)).toBe(!open.add(part.id));
      if (part.type === "tool-result") expect(open.delete(part.id)).toBe(true);
    }
  expect(open).toEqual(new Set());

  const asked = JSON.stringify(request.messages);
  const pick = (what: string, of: number): number =>
    Number.parseInt(hash("sha256", `${seed} ${what} ${asked}`, "hex").slice(0, 8), 16) % of;
  const names = (request.tools ?? []).map(({ name }) => name);
  const kind = pick("kind", 10);
  if (request.system?.startsWith("You shorten") === true || names.length === 0 || kind > 8)
    return { text: `said ${pick("text", 99)}`, usage };
  if (kind === 7) return { text: "cut", finishReason: "length", usage };
  if (kind === 8) return pick("fails", 3) === 0 ? { fail: { code: "overloaded" } } : { text: "", usage };
  const toolCalls = Array.from({ length: 1 + pick("count", 4) }, (_, index) => {
    const id = `c${pick("id", 1e6)}_${index}`;
    const at = pick(`tool ${index}`, names.length + 2);
    const name = names[at];
    if (name === undefined)
      return { id, name: at === names.length ? "nowhere" : (names[0] ?? ""), args: { n: "none" } };
    // Two that ask models beside each other would be told in the order in which those answer.
    if (name === "helper" && index > 0) return { id, name: "pure", args: { n: 4 } };
    return { id, name, args: argsOf[name]?.(pick(`args ${index}`, 100)) ?? { n: pick(`n ${index}`, 30) } };
  });
  return { toolCalls, usage };
}

test("an agent to whom all goes wrong ends alike wherever its process dies, and its calls stay with their results", async () => {
  const ends = new Set<string>();
  for (const seed of [0, 1, 5, 14, 17, 22, 46, 79, 85, 104]) {
    const { shop, answer } = storm(seed);
    const model = scriptedModel([answer]);
    await simulate(shop, {
      input: { question: `${seed}` },
      seeds: 2,
      firstSeed: seed,
      faults: 0.15,
      model,
      answer: () => "word",
    });
    const brain = await createBrain({ store: memoryStore(), model, graphs: [shop] });
    const result = await brain.run(shop, { question: `${seed}` });
    ends.add(result.status === "failed" ? result.error.code : result.status);
    await brain.close();
  }
  // It is of use only as long as it comes to all of them.
  expect([...ends].toSorted()).toEqual([
    "budget_exceeded",
    "completed",
    "invalid_response",
    "invalid_tool_call",
    "overloaded",
    "waiting",
  ]);
});

test("why an agent failed is the same for who asks later, in another process, to the last detail", async () => {
  const store = memoryStore();
  const shop = alone(clerk({ limits: { tokens: 1 } }));
  const first = await createBrain({ store, model: scriptedModel([() => "never"]), graphs: [shop] });
  const failed = await first.run(shop, { question: "Are there lamps?" }, { id: "r" });
  await first.close();
  const later = await createBrain({ store, graphs: [shop] });
  const again = await later.resume("r");
  await later.close();
  if (failed.status !== "failed" || again.status !== "failed") throw new Error("It should have failed.");
  expect(again.error).toMatchObject({
    code: "budget_exceeded",
    message: failed.error.message,
    details: failed.error.details,
  });
  expect(again.error.details).toMatchObject({ agent: "clerk", limit: "tokens", max: 1 });
});
