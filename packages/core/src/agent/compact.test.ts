import { expect, test } from "vitest";
import { z } from "zod";
import { stateOf, type Message, type ModelRequest } from "@brainops/core";
import { quoteData, tool } from "@brainops/core/agent";
import { scriptedModel } from "@brainops/core/testing";
import * as fc from "fast-check";
import { ask, calls, clerk } from "./fixture.ts";
import { begin, divide, messagesOf } from "./conversation.ts";

const look = tool({
  name: "look",
  description: "Looks.",
  input: z.object({ at: z.number() }),
  class: "pure",
  run: ({ at }) => `${at}: ${"x".repeat(800)}`,
});

/** Looks at nine things one after the other, and says so when it is done. */
function looking(
  extra: (request: ModelRequest) => string | undefined = () => undefined,
): ReturnType<typeof scriptedModel> {
  let at = 0;
  return scriptedModel([
    (request) => extra(request),
    () => (++at > 9 ? "done" : { ...(calls(["look", { at }]) as object), reasoning: `thought ${at}` }),
  ]);
}

/** Every call with its result behind it, and no result without its call. */
function paired(messages: readonly Message[]): boolean {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") {
      for (const { id } of message.content) if (!open.delete(id)) return false;
    } else if (open.size > 0) return false;
    else if (message.role === "assistant" && typeof message.content !== "string")
      for (const part of message.content) if (part.type === "tool-call") open.add(part.id);
  }
  return open.size === 0;
}

test("a long conversation is summarised by the model, in a journaled call of its own, whole turns at a time", async () => {
  const summaries: ModelRequest[] = [];
  const model = looking((request) => {
    if (request.system?.startsWith("You shorten") !== true) return undefined;
    summaries.push(request);
    return `summary ${summaries.length}`;
  });
  const result = await ask(clerk({ tools: [look], compaction: { tokens: 1_200 } }), model, async (brain) => {
    const asked = (await brain.journal("r")).filter(
      (entry) => entry.type === "effect-completed" && entry.name === "model.generate",
    );
    expect(asked).toHaveLength(10 + summaries.length);
  });
  expect(stateOf(result).answer).toBe("done");
  expect(summaries.length).toBeGreaterThanOrEqual(2);
  // What was said goes on from summary to summary; thoughts mean nothing to another reader.
  expect(summaries[1]?.messages[0]?.content).toContain("summary 1");
  expect(JSON.stringify(summaries)).not.toContain("thought");
  const turns = model.calls.map(({ request }) => request).filter((request) => !summaries.includes(request));
  for (const { messages } of turns) {
    expect(paired(messages)).toBe(true);
    expect(messages[0]).toEqual({ role: "user", content: "Are there lamps?" });
    expect(JSON.stringify(messages).length / 4).toBeLessThan(1_300);
  }
  const last = turns.at(-1)?.messages ?? [];
  expect(last[1]?.content).toContain(quoteData("summary", `summary ${summaries.length}`));
  // A turn that stays keeps its thoughts, since vendors want them back.
  expect(JSON.stringify(last)).toContain("thought 9");
});

test("or older turns are left out by rule, without asking anyone", async () => {
  const model = looking();
  await ask(clerk({ tools: [look], compaction: { tokens: 1_200, how: "drop" } }), model);
  expect(model.calls).toHaveLength(10);
  const last = model.calls.at(-1)?.request.messages ?? [];
  expect(last[1]?.content).toBe("(Earlier turns of this conversation were left out.)");
  expect(paired(last)).toBe(true);
  expect(last.length).toBeLessThan(9);
});

test("a request that a model finds too long is made shorter and sent again; without compaction it fails", async () => {
  const tooLong = (): ReturnType<typeof scriptedModel> => {
    let at = 0;
    return scriptedModel([
      ({ messages }) => {
        if (messages.length > 5) return { fail: { code: "context_length" as const } };
        return ++at > 4 ? "done" : calls(["look", { at }]);
      },
    ]);
  };
  const shorter = await ask(clerk({ tools: [look], compaction: { how: "drop" } }), tooLong());
  expect(stateOf(shorter).answer).toBe("done");
  const failed = await ask(clerk({ tools: [look], compaction: false }), tooLong());
  expect(failed).toMatchObject({ status: "failed", error: { code: "context_length" } });
});

test("nothing is lost or torn when a conversation is divided", () => {
  const part = fc.oneof(
    fc.constant<Message[]>([{ role: "user", content: "go on" }]),
    fc.nat({ max: 3 }).map((n): Message[] => {
      const ids = Array.from({ length: n }, (_, index) => `${index}`);
      return [
        { role: "assistant", content: ids.map((id) => ({ type: "tool-call", id, name: "look", args: {} })) },
        ...(n === 0
          ? []
          : [
              {
                role: "tool" as const,
                content: ids.map((id) => ({ type: "tool-result" as const, id, name: "look", result: "x".repeat(50) })),
              },
            ]),
      ];
    }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.nat({ max: 200 }), (parts, tokens) => {
      const messages = parts.flat();
      const talk = begin(messages);
      expect(messagesOf(talk)).toEqual(messages);
      const { old, kept } = divide(talk, tokens);
      expect([...old, ...kept]).toEqual(talk.turns);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(1, talk.turns.length));
      expect(paired(kept.flat())).toBe(true);
      expect(paired(old.flat())).toBe(true);
    }),
  );
});
