import { describe, expect, test } from "vitest";
import { modelSuite, scriptedModel, type ScriptedAnswer } from "@brainops/core/testing";
import type { Model, StreamPart } from "@brainops/core";

describe("the scripted model", () => {
  modelSuite({ describe, test }, { create: (answer) => ({ model: scriptedModel([{ answer }]) }) });
});

/** Runs the suite by hand and tells which of its tests fail. */
async function failing(change: (model: Model) => Model): Promise<string[]> {
  const bad: string[] = [];
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  modelSuite(
    { test: (name, run) => tests.push({ name, run }) },
    { create: (answer: ScriptedAnswer) => ({ model: change(scriptedModel([{ answer }])) }) },
  );
  for (const { name, run } of tests) await run().catch(() => bad.push(name));
  return bad;
}

describe("the model suite", () => {
  test("is passed by a model that keeps the contract, and finds nothing there", async () => {
    expect(await failing((model) => model)).toEqual([]);
  });

  test("finds a model that takes a cut stream for an answer", async () => {
    const lenient = (model: Model): Model => ({
      ...model,
      async *stream(request, options): AsyncGenerator<StreamPart> {
        try {
          yield* model.stream(request, options);
        } catch {
          yield { type: "finish", response: await scriptedModel([() => ""]).generate(request) };
        }
      },
    });
    expect(await failing(lenient)).toEqual(
      expect.arrayContaining(["never takes a cut stream for a short answer", "never gives out half a tool call"]),
    );
  });

  test("finds a model without finish, one with a wrong code, and one that ignores the caller's signal", async () => {
    const endless = (model: Model): Model => ({
      ...model,
      async *stream(request, options): AsyncGenerator<StreamPart> {
        for await (const part of model.stream(request, options)) if (part.type !== "finish") yield part;
      },
    });
    expect(await failing(endless)).toContain("streams the same answer in parts, and ends with finish");
    const vague = (model: Model): Model => ({
      ...model,
      generate: (request, options) =>
        model.generate(request, options).catch(() => Promise.reject(new Error("it failed"))),
    });
    expect(await failing(vague)).toEqual(expect.arrayContaining(["fails with rate_limit", "fails with auth"]));
    const deaf = (model: Model): Model => ({ ...model, generate: (request) => model.generate(request, hurried) });
    const hurried = { signal: AbortSignal.timeout(50) };
    expect(await failing(deaf)).toContain("does not begin when the caller has already stopped");
  });
});
