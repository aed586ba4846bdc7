import { expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  START,
  type Commit,
  type EffectClass,
  type Graph,
  type StoreOpener,
} from "../index.ts";
import { memoryStore } from "../testing/index.ts";

/** Keeps what is committed. */
function watched(): StoreOpener & { readonly commits: Commit[] } {
  const commits: Commit[] = [];
  return {
    name: "watched",
    commits,
    async open() {
      const store = await memoryStore().open();
      return {
        ...store,
        commit(commit) {
          commits.push(commit);
          return store.commit(commit);
        },
      };
    },
  };
}

function loop(kind?: EffectClass): Graph {
  return graph({ name: "loop", state: z.object({ n: z.number().default(0) }), maxSteps: 10 })
    .node("step", async ({ n }, ctx) => ({
      n: kind === undefined ? n + 1 : await ctx.effect({ name: "add", class: kind, input: n, run: () => n + 1 }),
    }))
    .edge(START, "step")
    .branch("step", ({ n }) => (n < 10 ? "step" : END), ["step", END])
    .build();
}

test.each([
  // The outcome goes with whatever makes the next effect wait: the next one's intent, or nothing.
  { kind: "idempotent" as const, commits: 11 },
  { kind: "irreversible" as const, commits: 11 },
  { kind: "pure" as const, commits: 10 },
])("ten steps with one $kind effect each make at most $commits commits", async ({ kind, commits }) => {
  const store = watched();
  const brain = await createBrain({ store });
  expect(await brain.run(loop(kind), {})).toMatchObject({ status: "completed", state: { n: 10 } });
  expect(store.commits.length).toBeLessThanOrEqual(commits);
  await brain.close();
});

test("a run that is over before anything was durable is one commit, and is never seen to be open", async () => {
  const store = watched();
  const brain = await createBrain({ store });
  await brain.run(loop(), {}, { id: "r" });
  expect(store.commits).toHaveLength(1);
  const wakes = store.commits[0]?.writes.filter((write) => write.type === "wake") ?? [];
  expect(new Set(wakes.map(({ key }) => key)).size).toBe(wakes.length);
  expect(wakes.every(({ at }) => at === null)).toBe(true);
  expect(await brain.store.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
  await brain.close();
});
