// One process of several that share what they know of a model: asks a chain whenever it is told to.
import { createBrain, type Attempt } from "@brainops/core";
import { scriptedModel } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import { chain, local } from "@brainops/providers";

const [file = "", key = "", baseUrl = "", failures = "5"] = process.argv.slice(2);
const first = local({ name: "first", baseUrl, model: "m", protocol: "openai" });
const second = scriptedModel([{ answer: "Here." }], { name: "second" });

const brain = await createBrain({
  store: sqlite({ file, key: Buffer.from(key, "hex") }),
  plugins: [
    {
      name: "models",
      setup(registrar) {
        const breaker = { failures: Number(failures), coolingMs: 3_000, shared: registrar.storage };
        registrar.model(chain([first, second], { waitMs: 0, rounds: 1, breaker }));
      },
    },
  ],
});
const model = brain.registry.models.get("chain");

process.on("message", () => {
  void model?.generate({ messages: [{ role: "user", content: "Go on." }] }).then(({ attempts = [] }) => {
    process.send?.(
      attempts.map(({ model: name, outcome }): Pick<Attempt, "model" | "outcome"> => ({ model: name, outcome })),
    );
  });
});
process.on("disconnect", () => void brain.close().then(() => process.exit(0)));
process.send?.("ready");
