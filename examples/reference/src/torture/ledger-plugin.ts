// A plugin that keeps a ledger outside of the store: what was begun, and what was acknowledged. It is how a test
// sees, after any number of kills, whether something finished was done again. Give it to `brainops` with --plugin;
// BRAINOPS_LEDGER names the file.
import { appendFileSync } from "node:fs";
import { plugin, type Plugin } from "@brainops/core";
import type { LedgerLine } from "./ledger.ts";

const file = process.env["BRAINOPS_LEDGER"] ?? "";

// Written at once and whole: the process may be killed on the next line.
const write = (line: LedgerLine): void => appendFileSync(file, `${JSON.stringify(line)}\n`);

const ledger: Plugin = plugin({
  name: "ledger",
  setup(registrar) {
    write({ type: "process" });
    registrar.guard({
      name: "ledger",
      check({ node, name }) {
        write({ type: "begun", effect: `${node} ${name}` });
        return { verdict: "allow" };
      },
    });
    registrar.on((event) => {
      if (event.type !== "entry") return;
      const { entry } = event;
      if ((entry.type === "effect-completed" || entry.type === "effect-failed") && entry.class !== "pure") {
        write({ type: "acknowledged", effect: `${entry.node} ${entry.name}`, position: entry.position });
      }
    });
  },
});

export default ledger;
