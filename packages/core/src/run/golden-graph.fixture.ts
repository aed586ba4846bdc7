import { z } from "zod";
import { END, graph, START, type Graph, type NodeContext } from "../index.ts";

const log = z.array(z.string()).default([]);
const lines = { log: (before: string[], more: string[]) => [...before, ...more] };

/**
 * A graph that uses everything a journal can tell of. Its journals of earlier formats are kept and replayed, so version 1 is
 * never changed; what a journal comes to tell of besides is done by version 2, which continues it.
 */
export function goldenGraph(version: "1" | "2" = "1"): Graph {
  const inner = graph({ name: "inner", state: z.object({ item: z.number(), log }), reducers: lines })
    .node("leaf", async ({ item }, ctx) => ({
      log: [await ctx.effect({ name: "leaf", class: "idempotent", input: { item }, run: () => `leaf ${item}` })],
    }))
    .edge(START, "leaf")
    .edge("leaf", END)
    .build();
  return graph({
    name: "golden",
    version,
    continues: version === "1" ? [] : ["1"],
    state: z.object({ rounds: z.number().default(0), item: z.number().optional(), log }),
    reducers: lines,
    maxSteps: 50,
  })
    .node("flaky", {
      name: "flaky",
      input: z.object({}),
      output: z.object({ log: z.array(z.string()) }),
      retry: { attempts: 2, backoffMs: 0 },
      async run(_, ctx) {
        const kept = await ctx.effect({ name: "kept", class: "compensatable", run: () => "kept", undo: () => {} });
        if (ctx.attempt === 1) throw new Error("once");
        const caught = await ctx
          .effect({ name: "refused", class: "idempotent", run: () => Promise.reject(new Error("no")) })
          .catch((error: unknown) => (error as { code: string }).code);
        ctx.note("half way", { attempt: ctx.attempt });
        return { log: [kept, caught, String(ctx.now() > 0), ctx.random().toFixed(3)] };
      },
    })
    .node("model", async (_, ctx) => {
      const { text } = await ctx.generate({ messages: [{ role: "user", content: "Say something" }] });
      const hits = await ctx.recall("nothing like this");
      return { log: [text, String(hits.length)] };
    })
    .node("asks", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Which?", options: ["a", "b"] })) as string] }))
    .node("signals", async (_, ctx) => {
      await ctx.sleep(1);
      const came = ctx.patched("signals") ? ((await ctx.signalled("go")) as string) : "before";
      if (came === "fail") throw new Error("told to");
      return { log: [came] };
    })
    .node("joined", () => ({}))
    .graph("inner", inner, { input: ({ item }) => ({ item: item ?? 0 }), output: (end) => ({ log: end.log }) })
    .node("pays", async (_, ctx) => {
      const said = version === "1" ? [] : await approved(ctx);
      return { log: [...said, await ctx.effect({ name: "pay", class: "irreversible", run: () => "paid" })] };
    })
    .node("loop", async ({ rounds }, ctx) => {
      const order: string[] = [];
      const take = async (name: string, turns: number): Promise<void> => {
        await ctx.effect({
          name,
          class: "idempotent",
          async run() {
            for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          },
        });
        order.push(name);
      };
      await Promise.all([take("slow", 5), take("fast", 1)]);
      return { rounds: rounds + 1, log: order };
    })
    .edge(START, "flaky")
    .edge("flaky", ["model", "asks", "signals"])
    .edge("model", "joined")
    .edge("asks", "joined")
    .edge("signals", "joined")
    .each("joined", { over: () => [1, 2], as: "item", to: "inner" })
    .edge("inner", "pays")
    .edge("pays", "loop")
    .branch("loop", ({ rounds }) => (rounds < 2 ? "loop" : END), ["loop", END])
    .build();
}

async function approved(ctx: NodeContext): Promise<string[]> {
  ctx.remember({ kind: "decision", text: "Pay only when somebody agrees." });
  const question = { text: "Pay?", data: { amount: 1 }, approvers: ["treasurer"], timeoutMs: 3_600_000 };
  return [(await ctx.ask(question)) as string];
}
