import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const printed = `Hello, Ada! (replayed offline: equal, 5 entries)
Welcome back, Ada! (replayed offline: equal, 5 entries)
`;

test("the quickstart prints what the README says, and remembers over processes", () => {
  const folder = mkdtempSync(join(tmpdir(), "brainops-quickstart-"));
  const run = (): string =>
    execFileSync(
      process.execPath,
      [
        "--conditions=@brainops/source",
        "--disable-warning=ExperimentalWarning",
        join(import.meta.dirname, "quickstart.ts"),
      ],
      { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { PATH: process.env["PATH"] } },
    );
  try {
    expect(run()).toBe(printed);
    // The same ids are the same runs: nothing is done again, and the answers are the recorded ones.
    expect(run()).toBe(printed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the README shows this very file, and what it prints", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");
  expect(readme).toContain(readFileSync(join(import.meta.dirname, "quickstart.ts"), "utf8"));
  expect(readme).toContain(printed);
});
