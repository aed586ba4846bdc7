import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeSuite } from "@brainops/core/testing";
import { afterAll, describe, test } from "vitest";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-sqlite-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the store on SQLite", () => {
  // `normal`: the suite is about what is kept, not about power failures, and runs many times faster so.
  storeSuite({
    test,
    fresh: () => sqlite({ file: join(folder, `${files++}.db`), key: "k".repeat(43), synchronous: "normal" }),
  });
});
