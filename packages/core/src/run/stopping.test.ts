import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createBrain, stateOf } from "../index.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";
import { errorOf, single, withBrain } from "./fixture.ts";

describe("stopping", () => {
  const hanging = (started: PromiseWithResolvers<void>, ended: string[]) =>
    single(async (_, ctx) => {
      await ctx.effect({
        name: "hang",
        class: "idempotent",
        run: ({ signal }) =>
          new Promise<void>(
            (_resolve, reject) => (
              signal.addEventListener("abort", () => (ended.push("cut"), reject(new Error("cut")))),
              started.resolve()
            ),
          ),
      });
      return { n: 1 };
    });

  test("an abort cuts off what is under way and ends the run for good", async () => {
    const started = Promise.withResolvers<void>();
    const ended: string[] = [];
    const g = hanging(started, ended);
    await withBrain({ graphs: [g] }, async (brain) => {
      const controller = new AbortController();
      const running = brain.run(g, {}, { id: "r", signal: controller.signal });
      await started.promise;
      controller.abort(new Error("changed my mind"));
      expect(await running).toMatchObject({ status: "aborted", reason: "changed my mind" });
      expect(ended).toEqual(["cut"]);
      expect(await brain.resume("r")).toMatchObject({ status: "aborted" });
      await expect(brain.abort("r", "again")).rejects.toMatchObject({ code: "conflict" });
    });
  });

  test("closing the Brain leaves a run that can be resumed", async () => {
    const started = Promise.withResolvers<void>();
    const store = memoryStore();
    const g = hanging(started, []);
    const brain = await createBrain({ store, graphs: [g] });
    const running = brain.run(g, {}, { id: "r" });
    await started.promise;
    await brain.close();
    expect(await running).toMatchObject({ status: "stopped" });
    const finishing = single(async (_, ctx) => {
      await ctx.effect({ name: "hang", class: "idempotent", run: () => {} });
      return { n: 2 };
    });
    await withBrain({ store, graphs: [finishing] }, async (again) => {
      expect(stateOf(await again.resume("r"))).toEqual({ n: 2, log: [] });
      expect(await again.runs()).toMatchObject([{ status: "completed" }]);
    });
  });
});

describe("models", () => {
  test("are asked through the ledger: once, with every attempt journaled, and never in replay", async () => {
    const model = scriptedModel([() => ({ text: "Bonjour" })]);
    const g = single(async (_, ctx) => ({
      log: [(await ctx.generate({ messages: [{ role: "user", content: "Say hello" }] })).text],
    }));
    await withBrain({ model, graphs: [g] }, async (brain) => {
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(["Bonjour"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(model.calls).toHaveLength(1);
    });
    await withBrain({}, async (brain) => {
      expect(errorOf(await brain.run(g, {}))).toMatchObject({ code: "no_model" });
    });
  });

  test("stream their answers to listeners beside the journal", async () => {
    const model = scriptedModel([() => ({ text: "one two three" })]);
    const g = single(async (_, ctx) => ({
      log: [(await ctx.generate({ messages: [{ role: "user", content: "count" }] })).text],
    }));
    await withBrain({ model }, async (brain) => {
      let text = "";
      const off = brain.on(
        (event) => event.type === "delta" && event.part.type === "text" && (text += event.part.text),
      );
      await brain.run(g, {});
      off();
      expect(text).toBe("one two three");
    });
  });
});

test("hundreds of runs leave no listener on the caller's signal, and none on the Brain", async () => {
  const controller = new AbortController();
  const g = single(async (_, ctx) => ({ n: await ctx.effect({ name: "one", class: "idempotent", run: () => 1 }) }));
  await withBrain({}, async (brain) => {
    for (let run = 0; run < 300; run++) {
      const off = brain.on(() => {});
      expect((await brain.run(g, {}, { signal: controller.signal })).status).toBe("completed");
      off();
    }
  });
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});
