import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeOut } from "./write-out.ts";

function slow(): NodeJS.WriteStream {
  return new Writable({ highWaterMark: 1, write: () => {} }) as unknown as NodeJS.WriteStream;
}

test("output waits for its reader, and no longer than there is one", async () => {
  const stop = new AbortController();
  const [stdout, { signal }] = [slow(), stop];
  const waiting = writeOut({ stdout, signal }, "a line\n");
  // As when the reader has gone: nothing drains any more.
  stop.abort("EPIPE");
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  await expect(writeOut({ stdout, signal }, "more\n")).rejects.toMatchObject({ code: "aborted" });
});

test.runIf(existsSync("/dev/full"))("output that cannot be written is no success", () => {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  const command = `"$0" --conditions=@brainops/source --disable-warning=ExperimentalWarning "$1" --version > /dev/full`;
  expect(() =>
    execFileSync("sh", ["-c", command, process.execPath, main], { stdio: "pipe", encoding: "utf8" }),
  ).toThrow(
    expect.objectContaining({ status: 1, stderr: expect.stringContaining("could not be written") as string }) as Error,
  );
});
