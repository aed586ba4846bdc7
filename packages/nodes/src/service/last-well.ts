import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Circumstances } from "@brainops/core";
import type { ServiceConfig } from "./config.ts";
import { readIfThere, writeAtomic } from "./files.ts";
import type { Releases } from "./releases.ts";

/** How a service was when it was last known to be well, and what is otherwise now. */
export interface LastWell {
  /** Remembers release and configuration as they are as good ones. */
  keep(): Promise<void>;
  /**
   * What is otherwise than it was then: `process` (`running`, `gone`), `release` and, with one, `configuration` (`as when
   * last well`, `changed`, `missing`, `unknown` before anything was known to be good).
   */
  circumstances(pid: number | null): Promise<Circumstances>;
}

/** Keeps the id of the good release in a file beside the pid files; the configuration keeps its own good version. */
export function lastWell(options: {
  readonly name: string;
  readonly home: string;
  readonly releases: Releases;
  readonly config: ServiceConfig | undefined;
}): LastWell {
  const { releases, config } = options;
  const file = join(options.home, "run", `${options.name}.good-release`);
  return {
    async keep() {
      await config?.keepGood();
      const now = await releases.current();
      if (now === null || now === (await readIfThere(file))) return;
      await mkdir(join(options.home, "run"), { recursive: true });
      await writeAtomic(file, now);
    },
    async circumstances(pid) {
      const good = await readIfThere(file);
      return {
        process: pid === null ? "gone" : "running",
        release: compared(good, (await releases.current()) ?? undefined),
        ...(config === undefined ? {} : { configuration: compared(...(await config.versions())) }),
      };
    },
  };
}

function compared(good: string | undefined, now: string | undefined): string {
  if (good === undefined) return "unknown";
  if (now === undefined) return "missing";
  return good === now ? "as when last well" : "changed";
}
