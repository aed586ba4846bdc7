// Looks at the packages as a user downloads them: publint for the manifest and the files, attw for
// the types under every way of importing that is supported (ESM only).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "./exec.ts";
import { packAll } from "./pack.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-pack-"));
try {
  for (const { file } of await packAll(folder)) {
    await exec("publint", ["run", "--strict", file]);
    await exec("attw", [
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      "--no-emoji",
      "--no-summary",
      "--exclude-entrypoints",
      "./package.json",
      "--",
      file,
    ]);
  }
} finally {
  rmSync(folder, { recursive: true });
}
