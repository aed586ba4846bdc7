import { open, stat, truncate, writeFile } from "node:fs/promises";
import { action, type Action, type Fault, type JsonObject } from "@brainops/core";
import { z } from "zod";
import { says } from "../healers/classes.ts";
import type { Service } from "../service/service.ts";

const argsSchema = z.object({ service: z.string() });

/** Bytes of the end of a log that are kept beside it. */
const kept = 256 * 1_024;

/**
 * What gives room: `log.rotate` cuts the service's logs and keeps the end of each as `FILE.1`, in place, so that a
 * process that holds them open goes on writing; `release.prune` removes all releases but the current one and the one
 * before it, which can be made again from their commits.
 *
 * @example
 * ```ts
 * import { diskActions, type Service } from "@brainops/nodes";
 * declare const service: Service;
 * const [rotate, prune] = diskActions(service);
 * ```
 */
export function diskActions(service: Service): readonly Action[] {
  const about = (fault: Fault): readonly JsonObject[] =>
    fault.subject === service.name && says(fault, "full") ? [{ service: service.name }] : [];
  const common = { args: argsSchema, class: "idempotent" as const, propose: about };
  const rotate = action({
    ...common,
    name: "log.rotate",
    description: "Cuts the service's logs, and keeps the end of each",
    risk: "low",
    apply: async () => {
      const freed: { [file: string]: number } = {};
      for (const file of [service.logFile, ...(service.options.logs ?? [])]) {
        const bytes = await cut(file);
        if (bytes > 0) freed[file] = bytes;
      }
      return { freed };
    },
  });
  const prune = action({
    ...common,
    name: "release.prune",
    description: "Removes the releases that are neither current nor the one before",
    risk: "medium",
    apply: async () => ({ removed: [...(await service.releases.prune(0))] }),
  });
  return [rotate, prune] as readonly Action[];
}

/** Empties a log in place, keeping its end beside it. Returns by how many bytes it became shorter. */
async function cut(file: string): Promise<number> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size === 0) return 0;
  const handle = await open(file, "r");
  try {
    const length = Math.min(size, kept);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), length, position: size - length });
    // On a full disk there may be no room even for the end; the service comes first.
    await writeFile(`${file}.1`, buffer.subarray(0, bytesRead), { mode: 0o600 }).catch(() => {});
  } finally {
    await handle.close();
  }
  await truncate(file, 0);
  return size;
}
