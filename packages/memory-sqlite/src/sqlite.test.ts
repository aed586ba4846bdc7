import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeSuite } from "@brainops/core/testing";
import { afterAll, describe, test } from "vitest";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-sqlite-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const optionsOf = (file: string) => ({ file, key: "k".repeat(43), synchronous: "normal" as const });

describe("the store on SQLite", () => {
  // `normal`: the suite is about what is kept, not about power failures, and runs many times faster so.
  storeSuite({
    test,
    fresh: () => sqlite(optionsOf(join(folder, `${files++}.db`))),
    crash: () => {
      const options = optionsOf(join(folder, "crash.db"));
      return {
        opener: () => sqlite(options),
        code: `import { sqlite } from "@brainops/memory-sqlite";
          const opener = sqlite(${JSON.stringify(options)});`,
        cwd: import.meta.dirname,
      };
    },
  });
});
