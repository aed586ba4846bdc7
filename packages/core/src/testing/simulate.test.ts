import { expect, test } from "vitest";
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

test("one that counts outside of it is found, with the seed that shows it", async () => {
  let outside = 0;
  const counting = of(() => outside++);
  const found = simulate(counting, { input: {}, seeds: 60, answer });
  await expect(found).rejects.toMatchObject({
    code: "diverged",
    message: expect.stringMatching(/With seed \d+/) as string,
  });
});
