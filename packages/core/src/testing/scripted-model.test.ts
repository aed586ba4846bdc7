import { expect, test } from "vitest";
import { BrainOpsError, type ModelRequest } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";

const say = (content: string): ModelRequest => ({ messages: [{ role: "user", content }] });

test("the first rule or function that has an answer gives it", async () => {
  const model = scriptedModel([
    { when: "never", answer: "no" },
    (request) => (request.system === undefined ? undefined : `system: ${request.system}`),
    { when: /^count (\d)/, answer: (request) => ({ output: { said: JSON.stringify(request.messages).length } }) },
    { answer: "anything else" },
  ]);
  expect((await model.generate({ ...say("hi"), system: "be kind" })).text).toBe("system: be kind");
  expect((await model.generate(say("count 3"))).output).toEqual({ said: expect.any(Number) });
  expect((await model.generate(say("hi"))).text).toBe("anything else");
});

test("its name says that it is scripted", () => {
  expect(scriptedModel([]).name).toBe("scripted");
  expect(scriptedModel([], { name: "planner" }).name).toBe("scripted-planner");
});

test("a request that nothing answers is no_model, with the request and the rules in the message", async () => {
  const model = scriptedModel([{ name: "greets", when: "hello", answer: "hi", times: 1 }]);
  await model.generate(say("hello"));
  await expect(model.generate(say("hello again"))).rejects.toMatchObject({
    code: "no_model",
    message: expect.stringMatching(/hello again[\s\S]*greets \(used 1 of 1 times\)/),
  });
});

test("rules are used as often as they say, also by calls at the same time", async () => {
  const model = scriptedModel([
    { answer: async () => ({ text: "first" }), times: 1 },
    { answer: "second", times: 1 },
  ]);
  const answers = await Promise.all([model.generate(say("a")), model.generate(say("b"))]);
  expect(answers.map((one) => one.text)).toEqual(["first", "second"]);
});

test("assertAsked lists what was expected and not asked", async () => {
  const model = scriptedModel([
    { name: "twice", when: "a", answer: "A", times: 2 },
    { name: "once", when: "b", answer: "B" },
    { name: "maybe", when: "c", answer: "C", optional: true },
  ]);
  await model.generate(say("a"));
  expect(() => model.assertAsked()).toThrow(/twice: asked 1 times, expected 2[\s\S]*once: asked 0 times/);
  await model.generate(say("a"));
  await model.generate(say("b"));
  expect(() => model.assertAsked()).not.toThrow();
});

test("it records its calls", async () => {
  const model = scriptedModel([{ name: "all", answer: "ok" }]);
  await model.generate(say("one"));
  for await (const part of model.stream(say("two"))) expect(part).toBeDefined();
  expect(model.calls).toMatchObject([
    { index: 0, streamed: false, rule: "all", request: say("one") },
    { index: 1, streamed: true, rule: "all", request: say("two") },
  ]);
});

test("it throws the errors that its script names", async () => {
  const model = scriptedModel([
    { when: "limit", answer: { fail: { code: "rate_limit", retryAfterMs: 1500 } } },
    { when: "own", answer: new BrainOpsError("quota_exhausted", "no money left") },
  ]);
  await expect(model.generate(say("limit"))).rejects.toMatchObject({
    code: "rate_limit",
    details: { retryAfterMs: 1500 },
  });
  await expect(model.generate(say("own"))).rejects.toMatchObject({ code: "quota_exhausted" });
});

test("structured output that is asked for must be there", async () => {
  const model = scriptedModel([{ answer: "no JSON" }]);
  await expect(model.generate({ ...say("hi"), output: { schema: { type: "object" } } })).rejects.toMatchObject({
    code: "invalid_response",
  });
});
