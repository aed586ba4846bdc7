import { describe, expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);

describe("measured order", () => {
  test("is off by default; when it acts, the attempts say why", async () => {
    const clock = virtualClock(start);
    const make = (order: "given" | "measured") => {
      const bad = timedModel("bad", clock, (call) => (call % 2 === 0 ? { fail: "server_error" } : {}));
      return { bad, model: chain([bad, timedModel("good", clock, [{}])], { clock, order }) };
    };
    const given = make("given");
    const measured = make("measured");
    for (let i = 0; i < 100; i++) {
      await given.model.generate(ask);
      await measured.model.generate(ask);
    }
    expect(given.bad.asked).toBe(100);
    expect(measured.bad.asked).toBeLessThan(60);
    const { attempts } = await measured.model.generate(ask);
    expect(attempts).toMatchObject([
      { model: "good", note: expect.stringMatching(/moved from place 2 to 1.*success/) },
    ]);
    // Old measurements do not count for ever.
    await clock.advance(600_000);
    expect((await measured.model.generate(ask)).attempts?.[0]?.model).toBe("bad");
  });
});
