import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { readIfThere, writeAtomic } from "./files.ts";
import type { ServiceOptions } from "./options.ts";

/** How much a service is given of what may run out. */
export interface Limits {
  /** The environment that says so. */
  environment(): Promise<{ readonly [name: string]: string }>;
  /** Which steps are taken: variable to index. */
  steps(): Promise<{ readonly [name: string]: number }>;
  /** Takes a step. */
  set(env: string, step: number): Promise<void>;
}

/** Keeps the steps that were taken in a file, so that they outlive a restart of ours. */
export function limits(file: string, ladders: ServiceOptions["limits"] = []): Limits {
  async function steps(): Promise<{ [name: string]: number }> {
    const kept = z.record(z.string(), z.int()).safeParse(parsed(await readIfThere(file)));
    return Object.fromEntries(ladders.map(({ env }) => [env, (kept.success ? kept.data[env] : undefined) ?? 0]));
  }
  return {
    steps,
    async environment() {
      const taken = await steps();
      return Object.fromEntries(
        ladders.flatMap(({ env, steps: values }) => {
          const value = values[Math.min(taken[env] ?? 0, values.length - 1)];
          return value === undefined ? [] : [[env, value]];
        }),
      );
    },
    async set(env, step) {
      await mkdir(dirname(file), { recursive: true });
      await writeAtomic(file, JSON.stringify({ ...(await steps()), [env]: step }));
    },
  };
}

function parsed(text = "{}"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
