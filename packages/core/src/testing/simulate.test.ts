import { describe, expect, test } from "vitest";
import { z } from "zod";
import { END, graph, START, type Graph } from "../index.ts";
import { simulate } from "./index.ts";

const state = z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) });

function of(work: (visit: number) => number): Graph<z.input<typeof state>, z.output<typeof state>> {
  return graph({ name: "g", state, reducers: { log: (log, more: string[]) => [...log, ...more] }, maxSteps: 20 })
    .node("work", async ({ n }, ctx) => {
      const taken = await ctx.effect({ name: "take", class: "irreversible", run: () => work(ctx.visit) });
      ctx.remember({ kind: "experience", text: `took ${taken}` });
      const said = await ctx.ask({ text: "Go on?" });
      return { n: n + taken, log: [String(said)] };
    })
    .edge(START, "work")
    .branch("work", ({ log }) => (log.length < 3 ? "work" : END), ["work", END])
    .build();
}

const answer = ({ text }: { readonly text: string }): string => (text.includes("not known") ? "not done" : "yes");

test("a graph that keeps to the ledger ends alike, whatever goes wrong", async () => {
  const { crashes, lost } = await simulate(
    of((visit) => visit + 1),
    { input: {}, seeds: 60, answer },
  );
  expect(crashes).toBeGreaterThan(10);
  expect(lost).toBeGreaterThan(10);
});

describe("a graph that waits for signals, answers and times", () => {
  /** Two branches that wait, and a loop that takes one signal each round, sleeping in between. */
  const waits = (
    taken: (said: string, visit: number) => string,
  ): Graph<z.input<typeof state>, z.output<typeof state>> =>
    graph({ name: "g", state, reducers: { log: (log, more: string[]) => [...log, ...more] }, maxSteps: 20 })
      .node("asks", async (_, ctx) => ({ log: [String(await ctx.ask({ text: "Go on?", timeoutMs: 3_600_000 }))] }))
      .node("waits", async (_, ctx) => {
        const never = ctx.signalled("never", { timeoutMs: 7_200_000 }).catch((error: { code: string }) => error.code);
        return { log: [String(await ctx.signalled("left")), String(await never)] };
      })
      .node("round", async ({ n }, ctx) => {
        await ctx.sleep(86_400_000);
        return { n: n + 1, log: [taken(String(await ctx.signalled("next")), ctx.visit)] };
      })
      .edge(START, ["asks", "waits"])
      .edge("asks", "round")
      .edge("waits", "round")
      .branch("round", ({ n }) => (n < 3 ? "round" : END), ["round", END])
      .build();
  const signal = (name: string): string | undefined => (name === "never" ? undefined : `${name} came`);

  test("ends alike, whenever they come and whatever crashes; days pass in no time", async () => {
    const { crashes, early } = await simulate(
      waits((said) => said),
      { input: {}, seeds: 30, signal },
    );
    expect(crashes).toBeGreaterThan(10);
    expect(early).toBeGreaterThan(30);
  });

  test("rests where nobody gives it what it waits for", async () => {
    const only = { input: {}, seeds: 5, signal: (name: string) => (name === "left" ? "came" : undefined) };
    const taken: string[] = [];
    await simulate(
      waits((said) => (taken.push(said), said)),
      only,
    );
    expect(taken).toEqual([]);
  });

  test("is found when it keeps outside of the ledger how many came", async () => {
    let rounds = 0;
    const found = simulate(
      waits((said) => `${said} ${rounds++}`),
      { input: {}, seeds: 60, signal },
    );
    await expect(found).rejects.toMatchObject({ code: "diverged" });
  });
});

test("one that counts outside of it is found, with the seed that shows it", async () => {
  let outside = 0;
  const counting = of(() => outside++);
  const found = simulate(counting, { input: {}, seeds: 60, answer });
  await expect(found).rejects.toMatchObject({
    code: "diverged",
    message: expect.stringMatching(/With seed \d+/) as string,
  });
});
