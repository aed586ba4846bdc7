import { inspect } from "node:util";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBrain, END, exportJournal, graph, START, type BrainEvent } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { chain, claude, gemini, gpt, local, record, rememberAttempts } from "@brainops/providers";
import { z } from "zod";
import type { MakeAdapter } from "./adapters.ts";
import { readRecordings, type Recording } from "./recording.ts";
import { replayServer, type ReplayServer } from "./replay-server.ts";

// Without the shape of a key, so that only the adapter can know it for one.
const key = "quiet.harbour.9c31f7e2";

const adapters: { readonly [api: string]: readonly MakeAdapter[] } = {
  "anthropic.messages": [(baseUrl) => claude({ apiKey: key, baseUrl })],
  "openai.responses": [(baseUrl) => gpt({ apiKey: key, baseUrl })],
  "openai.chat": [
    (baseUrl) => gpt({ apiKey: key, baseUrl, api: "chat" }),
    (baseUrl) => local({ apiKey: key, baseUrl, model: "m", protocol: "openai" }),
  ],
  "ollama.chat": [(baseUrl) => local({ apiKey: key, baseUrl, model: "m", protocol: "ollama" })],
  "ollama.generate": [(baseUrl) => local({ apiKey: key, baseUrl, model: "m", protocol: "ollama" })],
  "gemini.generateContent": [
    (baseUrl) => gemini({ apiKey: key, baseUrl }),
    (baseUrl) => gemini({ client: { apiKey: key, getGenerativeModel: () => undefined }, baseUrl }),
  ],
};

const asks = graph({ name: "asks", state: z.object({ text: z.string().default("") }) })
  .node("asker", async (_state, ctx) => ({
    text: (await ctx.generate({ messages: [{ role: "user", content: "Go on." }] })).text,
  }))
  .edge(START, "asker")
  .edge("asker", END)
  .build();

/** The recording as a vendor would send it that says the key back, wherever it says that something is wrong. */
function echoing(recording: Recording): Recording {
  const text = recording.bytes.toString("utf8");
  const headers = { ...recording.headers, "x-echo": key };
  // What is in a good answer is the model's own, which has never seen a key.
  if (recording.expected.error === undefined) return { ...recording, headers };
  const told = text.replace(/("(?:message|error)"\s*:\s*")/g, `$1Wrong key ${key}: `);
  return { ...recording, headers, bytes: Buffer.from(told) };
}

describe("a key stays where it is, whatever a vendor answers", () => {
  let server: ReplayServer;
  beforeAll(async () => {
    server = await replayServer();
  });
  afterAll(() => server.close());

  test.each(
    readRecordings(join(import.meta.dirname, "../fixtures")).map((recording) => [recording.name, recording] as const),
  )("%s", async (_name, recording) => {
    const makers = adapters[recording.api] ?? [];
    expect(makers.length).toBeGreaterThan(0);
    for (const make of makers) {
      const adapter = record(make(server.url(echoing(recording), "whole")));
      const model = chain([adapter], { rounds: 1, retries: 0, waitMs: 0 });
      const events: BrainEvent[] = [];
      const brain = await createBrain({
        store: memoryStore(),
        model,
        graphs: [asks],
        plugins: [rememberAttempts()],
        // With a listener the answer is streamed, without one it is asked for whole.
        listeners: recording.framing === "json" ? [] : [(event) => void events.push(event)],
      });
      const result = await brain.run(asks, {}, { id: "r" });
      const streams = await Promise.all((await brain.store.streams("")).map((name) => brain.store.read(name)));
      const documents = await brain.store.documents("");
      const records = await brain.store.find({ scope: brain.scope });
      const everything = [
        inspect(result, { depth: 20, showHidden: true }),
        exportJournal(await brain.journal("r")),
        inspect({ streams, documents, records, events, health: await model.health?.() }, { depth: 30 }),
        JSON.stringify(adapter.cassette()),
        inspect(model, { depth: 20, showHidden: true }),
      ].join("\n");
      expect(everything).toContain("attempts");
      if (recording.status >= 400 && recording.bytes.includes('"message"')) expect(everything).toContain("[secret]");
      expect(everything).not.toContain(key);
      await brain.close();
    }
  });
});
