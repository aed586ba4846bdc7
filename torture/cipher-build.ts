// Cipher build: the whole store suite on better-sqlite3-multiple-ciphers, with encrypted pages, from a folder of your own.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BrainOpsError, type StoreOpener } from "@brainops/core";
import { storeSuite } from "@brainops/core/testing";
import { sqlite, type DatabaseHandle } from "@brainops/memory-sqlite";
import type { ScenarioOptions } from "../scripts/door.ts";

/** What better-sqlite3-multiple-ciphers exports. */
type Cipher = new (file: string) => DatabaseHandle;

/**
 * The package is no dependency, since installing it compiles. Install it somewhere, and name that folder:
 * `BRAINOPS_CIPHER_BUILD=folder npm run torture -- cipher-build`.
 */
export async function run(options: ScenarioOptions): Promise<void> {
  const folder = process.env["BRAINOPS_CIPHER_BUILD"];
  if (folder === undefined)
    throw new BrainOpsError(
      "invalid_input",
      "Set BRAINOPS_CIPHER_BUILD to a folder in which better-sqlite3-multiple-ciphers is installed.",
    );
  const load = createRequire(join(resolve(folder), "package.json"));
  const Database = load("better-sqlite3-multiple-ciphers") as Cipher;
  const files = mkdtempSync(join(tmpdir(), "brainops-ciphers-"));
  const fresh = (file: string): StoreOpener => ({
    name: "multiple-ciphers",
    open() {
      const database = new Database(file);
      database.exec("pragma cipher = 'aegis'; pragma key = 'a key for the pages'");
      return sqlite({ database, key: "a".repeat(64) }).open();
    },
  });
  let made = 0;
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  storeSuite({
    test: (name, one) => tests.push({ name, run: one }),
    fresh: () => fresh(join(files, `${++made}.db`)),
  });
  let failed = 0;
  for (const { name, run: one } of tests) {
    try {
      await one();
    } catch (error) {
      failed++;
      console.error(`failed: ${name}: ${String(error)}`);
    }
  }
  const encrypted = !readFileSync(join(files, "1.db"), "latin1").startsWith("SQLite format 3");
  rmSync(files, { recursive: true, force: true });
  const row = { torture: "cipher-build", tests: tests.length, failed, encrypted };
  console.log(options.json ? JSON.stringify(row) : `${tests.length} tests, ${failed} failed, encrypted: ${encrypted}`);
  if (failed > 0 || !encrypted) process.exitCode = 1;
}
