import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { sweep, temporaryFolder } from "./temporary.ts";

test("folders of killed processes are swept away, those of others are not", async () => {
  const mine = await temporaryFolder("home");
  const box = await temporaryFolder("index");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    const of = (pid: number, where?: string): string =>
      join(
        box,
        basename(mine)
          .replace(`-${process.pid}-`, `-${pid}-`)
          .replace(/-[0-9a-f]{8}-/, where ?? "$&"),
      );
    const living = of(child.pid ?? 0);
    const [elsewhere, unmarked] = [of(child.pid ?? 0, "-00000000-"), join(box, "brainops-home-abcdef")];
    for (const folder of [living, elsewhere, unmarked]) await mkdir(join(folder, "in"), { recursive: true });
    await writeFile(join(living, "in/file"), "x");
    await sweep(box);
    expect([living, elsewhere, unmarked].map((folder) => existsSync(folder))).toEqual([true, true, true]);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    await sweep(box);
    expect([living, elsewhere, unmarked].map((folder) => existsSync(folder))).toEqual([false, true, true]);
    expect(mine.startsWith(tmpdir())).toBe(true);
  } finally {
    child.kill("SIGKILL");
    for (const folder of [mine, box]) await rm(folder, { recursive: true, force: true });
  }
});
