import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, stateOf, type Fault } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { workforce } from "@brainops/nodes";
import { chain, local } from "@brainops/providers";
import { expect, test } from "vitest";
import { greeterRepo } from "./test-support/greeter.ts";
import { modelServer } from "./test-support/model-server.ts";

test("a model that fails is left alone and the next of the chain answers, the second time from memory; else it is said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-model-"));
  let away = false;
  const ill = await modelServer(() => {
    throw new Error("broken inside");
  });
  const well = await modelServer(() => {
    if (away) throw new Error("away as well");
    return { content: "OK" };
  });
  const at = (name: string, url: string): ReturnType<typeof local> => local({ name, baseUrl: url, model: "script-1" });
  const models = chain([at("first", ill.url), at("second", well.url)], { retries: 0, rounds: 1, waitMs: 0 });
  const repo = await greeterRepo(join(folder, "greeter"));
  const crew = workforce({ repo, home: join(folder, "home"), chain: models });
  const brain = await createBrain({ store: memoryStore(), model: models, plugins: [crew] });
  const heal = async (fault: Partial<Fault>): Promise<unknown> => {
    const data = { code: "server_error", model: "first" };
    const whole: Fault = { source: "error", subject: "model", text: "first answers with HTTP 500", data, ...fault };
    return stateOf(await brain.run(crew.heal, { fault: whole })).result;
  };
  try {
    const remedy = { action: "model.leave-alone", args: { model: "first" } };
    expect(await heal({})).toMatchObject({ healed: true, source: "healer", tries: 1, remedy });
    expect(models.lanes()).toMatchObject([
      { name: "first", until: expect.any(Number) },
      { name: "second", until: null },
    ]);
    // The one that failed is not even asked.
    const before = ill.requests.length;
    const ask = { messages: [{ role: "user" as const, content: "Hello" }] };
    expect(await models.generate(ask)).toMatchObject({ text: "OK", model: { name: "second" } });
    expect(ill.requests).toHaveLength(before);

    models.leaveAlone("first", 0);
    expect(await heal({})).toMatchObject({ healed: true, source: "memory", tries: 1, modelCalls: 0, remedy });

    // Nobody answers any more: what was tried is said, and a person is needed.
    away = true;
    models.leaveAlone("first", 0);
    const attempts = ["first", "second"].map((model) => ({ model, outcome: "failed" }));
    const data = { code: "no_model", attempts };
    expect(await heal({ text: "every model failed", data })).toMatchObject({
      healed: false,
      escalated: true,
      tried: [{ remedy: { action: "fault.wait" }, outcome: "failed" }],
    });
    expect(() => models.leaveAlone("third", 0)).toThrow(expect.objectContaining({ code: "not_found" }));
  } finally {
    await brain.close();
    await ill.close();
    await well.close();
    await rm(folder, { recursive: true, force: true });
  }
});
