import { createBrain, END, graph, START } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import { z } from "zod";

const greet = graph({ name: "greet", state: z.object({ who: z.string(), greeting: z.string().default("") }) })
  .node("greeter", async ({ who }, ctx) => {
    const met = await ctx.recall({ text: who, kinds: ["experience"] });
    const { text } = await ctx.generate({ messages: [{ role: "user", content: `Greet ${who}. Met: ${met.length}.` }] });
    ctx.remember({ kind: "experience", text: `Greeted ${who}: ${text}` });
    return { greeting: text };
  })
  .edge(START, "greeter")
  .edge("greeter", END)
  .build();
