import { describe, expect, test } from "vitest";
import type { StreamPart } from "@brainops/core";
import { scriptedModel, virtualClock } from "@brainops/core/testing";
import { readCassette, record, replayModel, type Cassette } from "@brainops/providers";
import { ask, failureOf } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

const key = "sk-ant-api03-abcdefghijklmnop";
const again = { messages: [{ role: "user" as const, content: "Again." }] };
const kept = (cassette: Cassette): Cassette => readCassette(JSON.stringify(cassette));

async function collect(stream: AsyncIterable<StreamPart>, into: StreamPart[] = []): Promise<StreamPart[]> {
  for await (const part of stream) into.push(part);
  return into;
}

describe("recording and playing", () => {
  test("answers, streams and errors come back as they were", async () => {
    const model = record(
      scriptedModel([
        { when: "Tell", answer: { text: ["Here ", "it is."], toolCalls: [{ name: "x", args: { a: 1 } }] } },
        { when: "Again", answer: { text: "Half", fail: { code: "stream_truncated", retryAfterMs: 7 } } },
      ]),
    );
    const whole = await model.generate(ask);
    const parts = await collect(model.stream(ask));
    const heard: StreamPart[] = [];
    const cut = await failureOf(collect(model.stream(again), heard));

    const played = replayModel(kept(model.cassette()));
    expect(await played.generate(ask)).toEqual(whole);
    expect(await collect(played.stream(ask))).toEqual(parts);
    const heardAgain: StreamPart[] = [];
    const error = await failureOf(collect(played.stream(again), heardAgain));
    expect(heardAgain).toEqual(heard);
    expect(error).toMatchObject({ code: cut.code, message: cut.message, details: { text: "Half", retryAfterMs: 7 } });
    played.assertAsked();
  });

  test("a call that was not streamed can be", async () => {
    const model = record(scriptedModel([{ answer: { reasoning: "Hm.", text: "Here." } }]));
    await model.generate(ask);
    const parts = await collect(replayModel(model.cassette()).stream(ask));
    expect(parts.map((part) => part.type)).toEqual(["reasoning", "text", "finish"]);
  });

  test("secrets are not kept, and requests that hold them are found all the same", async () => {
    const secrets = ["hunter2!"];
    const model = record(scriptedModel([{ answer: { text: `Your key is ${key}, and hunter2!` } }]), { secrets });
    const request = {
      system: "The password is hunter2!",
      messages: [{ role: "user" as const, content: `Use ${key}.` }],
    };
    await model.generate(request);
    const text = JSON.stringify(model.cassette());
    expect(text).not.toContain("hunter2!");
    expect(text).not.toContain(key);
    expect((await replayModel(readCassette(text), { secrets }).generate(request)).text).toContain("[secret]");
  });

  test("what was not recorded is an error that says what differs, and what was not asked is told", async () => {
    const model = record(scriptedModel([{ answer: "Here." }]));
    await model.generate({ ...ask, maxTokens: 5 });
    const played = replayModel(model.cassette());
    const error = await failureOf(played.generate({ ...ask, maxTokens: 6 }));
    expect(error).toMatchObject({
      code: "no_model",
      message: expect.stringContaining("request.maxTokens is 6, recorded was 5"),
    });
    expect(() => played.assertAsked()).toThrow(/1 of 1 recorded calls were not asked/);
    await played.generate({ ...ask, maxTokens: 5 });
    expect((await failureOf(played.generate({ ...ask, maxTokens: 5 }))).message).toContain("asked once more");
  });

  test("what the caller stopped or left is not recorded", async () => {
    const clock = virtualClock();
    const model = record(timedModel("a", clock, [{ ms: 1_000, texts: ["1", "2"] }]));
    const stopper = new AbortController();
    const asked = failureOf(model.generate(ask, { signal: stopper.signal }));
    await clock.advance(10);
    stopper.abort();
    await asked;
    const listening = (async () => {
      for await (const _part of model.stream(ask)) return;
    })();
    await clock.advance(1_000);
    await listening;
    expect(model.cassette().calls).toEqual([]);
  });

  test.each(["nonsense", "{}", '{"format":2}', '{"format":1,"model":"a"}'])("%s is no cassette", (text) => {
    expect(() => readCassette(text)).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });
});
