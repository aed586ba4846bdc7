import { describe, expect, test } from "vitest";
import { z } from "zod";
import { action, createBrain, plugin } from "@brainops/core";
import { actionTool, tool } from "@brainops/core/agent";
import { memoryStore } from "@brainops/core/testing";
import { alone, ask, calls, clerk, resultsIn, says, stock } from "./fixture.ts";

describe("a tool", () => {
  test("that throws is told to the model with its code, without a stack", async () => {
    const model = says(calls(["stock", { article: "lamp" }]), "ok");
    const failing = stock({
      run: () => {
        throw new TypeError("shelf is gone");
      },
    });
    await ask(clerk({ tools: [failing] }), model);
    expect(model.calls[1]?.request.messages[2]).toMatchObject({
      content: [{ failed: true, result: { trust: "outside", error: "effect_failed", message: "shelf is gone" } }],
    });
  });

  test("gives at most as much as it may", async () => {
    const model = says(calls(["stock", { article: "lamp" }]), "ok");
    await ask(clerk({ tools: [stock({ maxChars: 100, run: () => `a${"b".repeat(10_000)}c` })] }), model);
    const [{ data }] = resultsIn(model.calls[1]?.request) as [{ data: string }];
    expect(data).toMatch(/^ab+\n\[… 9902 characters left out …\]\nb+c$/);
  });

  test("is under the guards, who are told its risk; a denial goes to the model", async () => {
    const asked: unknown[] = [];
    const done: string[] = [];
    const model = says(calls(["stock", { article: "lamp" }]), "ok");
    const watched = plugin({
      name: "watched",
      setup: (registrar) =>
        registrar.guard({
          name: "no",
          check: (request) => {
            if (request.name === "model.generate") return { verdict: "allow" };
            asked.push(request);
            return { verdict: "deny", reason: "closed" };
          },
        }),
    });
    const selling = stock({ class: "irreversible", risk: "high", run: ({ article }) => void done.push(article) });
    await ask(clerk({ tools: [selling] }), model, undefined, { plugins: [watched] });
    expect(asked).toMatchObject([
      { name: "tool.stock", class: "irreversible", risk: "high", input: { article: "lamp" }, node: "clerk" },
    ]);
    expect(done).toEqual([]);
    expect(resultsIn(model.calls[1]?.request)).toMatchObject([{ error: "denied" }]);
  });

  test("may be an action, which is applied under the guards", async () => {
    const lamp = action({
      name: "lamp.on",
      description: "Switches it on.",
      args: z.object({ lamp: z.string() }),
      risk: "low",
      class: "idempotent",
      apply: ({ lamp }) => ({ on: lamp }),
    });
    const house = plugin({ name: "house", setup: (registrar) => registrar.action(lamp) });
    const model = says(calls(["lamp_on", { lamp: "hall" }]), "ok");
    await ask(clerk({ tools: [actionTool(lamp)] }), model, undefined, { plugins: [house] });
    expect(resultsIn(model.calls[1]?.request)).toEqual([{ trust: "outside", data: { on: "hall" } }]);
  });

  test("is told to stop when the run is aborted; that is no outcome of it", async () => {
    const begun = Promise.withResolvers<void>();
    let stopped = false;
    const slow = stock({
      run: (_args, { signal }) => {
        begun.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("stopped"));
          });
        });
      },
    });
    const shop = alone(clerk({ tools: [slow] }));
    const model = says(calls(["stock", { article: "lamp" }]), "never");
    const brain = await createBrain({ store: memoryStore(), model, graphs: [shop] });
    const running = brain.run(shop, { question: "?" }, { id: "r" });
    await begun.promise;
    await brain.abort("r", "enough");
    expect((await running).status).toBe("aborted");
    expect(stopped).toBe(true);
    const outcomes = (await brain.journal("r")).filter(({ type }) => type.startsWith("effect-"));
    expect(outcomes).toMatchObject([{ name: "model.generate" }]);
    await brain.close();
  });

  test("is refused when no vendor would take it", () => {
    expect(() => stock({ name: "a.b" })).toThrow(expect.objectContaining({ code: "invalid_input" }));
    expect(() => clerk({ tools: [stock(), stock()] })).toThrow(/two tools called 'stock'/);
    const wrong = { name: "x", description: "x", class: "pure", run: () => null } as const;
    expect(() => tool({ ...wrong, input: z.string() })).toThrow(/must be an object/);
    expect(() => tool({ ...wrong, input: z.object({ when: z.date() }) })).toThrow(/JSON Schema/);
  });
});
