import { createBrain, END, graph, START, stateOf } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import { z } from "zod";

// A script plays the model, so that no key is needed. For a real one: claude() of @brainops/providers.
const model = scriptedModel([{ when: "0 times", answer: "Hello, Ada!" }, { answer: "Welcome back, Ada!" }]);

const greet = graph({ name: "greet", state: z.object({ who: z.string(), greeting: z.string().default("") }) })
  .node("greeter", async ({ who }, ctx) => {
    const met = await ctx.recall({ text: who, kinds: ["experience"] });
    const request = { messages: [{ role: "user" as const, content: `Greet ${who}, met ${met.length} times.` }] };
    const { text } = await ctx.generate(request);
    ctx.remember({ kind: "experience", text: `Met ${who}` });
    return { greeting: text };
  })
  .edge(START, "greeter")
  .edge("greeter", END)
  .build();

const brain = await createBrain({ store: sqlite({ file: "quickstart.db" }), model, graphs: [greet] });
for (const id of ["first", "second"]) {
  const result = await brain.run(greet, { who: "Ada" }, { id });
  const { equal, entries } = await brain.replay({ run: id });
  console.log(`${stateOf(result).greeting} (replayed offline: ${equal ? "equal" : "differs"}, ${entries} entries)`);
}
await brain.close();
