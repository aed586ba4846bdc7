import { readFile, rename, writeFile } from "node:fs/promises";
import type { DemoJob } from "../job.ts";

/** What is broken, and how it is known. */
export interface Broken {
  /** What was done, for people. */
  readonly what: string;
}

/** What a break works on. */
export interface Target {
  /** The service's configuration file. */
  readonly configFile: string;
  /** The service's process id. */
  pid(): Promise<number | null>;
}

/**
 * Breaks the running service for real, each time in the same way. Breaking what is broken already changes nothing,
 * so that it may be done again after a crash.
 */
export async function breakService(how: DemoJob["break"], target: Target): Promise<Broken> {
  return how === "config" ? poison(target.configFile) : stick(await target.pid());
}

const poisonedKey = "cacheSize";
const poisonedValue = "lots";

async function poison(file: string): Promise<Broken> {
  const settings = JSON.parse(await readFile(file, "utf8")) as { [key: string]: unknown };
  if (settings[poisonedKey] !== poisonedValue) {
    // By rename, as a person's editor does it: the service never sees half a file.
    const draft = `${file}.poisoned`;
    await writeFile(draft, `${JSON.stringify({ ...settings, [poisonedKey]: poisonedValue }, null, 2)}\n`);
    await rename(draft, file);
  }
  return { what: `sets ${poisonedKey} to "${poisonedValue}" in the running service's configuration` };
}

async function stick(pid: number | null): Promise<Broken> {
  // Stopping what is stopped changes nothing, either.
  if (pid !== null) process.kill(pid, "SIGSTOP");
  return { what: "stops the running service's process in its tracks (SIGSTOP)" };
}
