import { BrainOpsError, createBrain, type Store } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { expect, test } from "vitest";
import { createOutput } from "../cli/output.ts";
import type { Io } from "../cli/io.ts";
import { stayAtWork } from "./stay-at-work.ts";

test("a worker whose store was set back ends with that, so that another process begins anew", async () => {
  const older = new BrainOpsError("store_rolled_back", "The store lacks what it had acknowledged. Open it again.");
  let isBack = false;
  const check = <T>(answer: Promise<T>): Promise<T> => (isBack ? Promise.reject(older) : answer);
  const opener = {
    name: "set back",
    async open(): Promise<Store> {
      const store = await memoryStore().open();
      return { ...store, queues: () => check(store.queues()), due: (...given) => check(store.due(...given)) };
    },
  };
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    cwd: ".",
    signal: new AbortController().signal,
  };
  const ended = stayAtWork({
    brain: await createBrain({ store: opener }),
    io,
    output: createOutput(io, true),
    port: 0,
    drainMs: 0,
    work: { pollMs: 10 },
    said: () => (isBack = true),
  });
  await expect(ended).rejects.toBe(older);
});
